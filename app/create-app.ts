import { join } from 'node:path';
import Koa from 'koa';
import compress from 'koa-compress';
import { accessLog } from '../middlewares/access-log.js';
import { assets } from '../middlewares/assets.js';
import { authenticate } from '../middlewares/authenticate.js';
import { bodyParser } from '../middlewares/body-parser.js';
import { browserDetector } from '../middlewares/client.js';
import { cors, foreignPageDetector } from '../middlewares/cors.js';
import { createCookieKeys } from '../middlewares/cookie-keys.js';
import { createDeviceCookie } from '../middlewares/device-cookie.js';
import { createFormTokens, csrf, ourOrigins } from '../middlewares/csrf.js';
import { errorHandler } from '../middlewares/error-handler.js';
import { createRelayTokenFor } from '../middlewares/gateway-request.js';
import { gateway } from '../middlewares/gateway.js';
import { host } from '../middlewares/host.js';
import { locale } from '../middlewares/locale.js';
import { createMetrics, metrics } from '../middlewares/metrics.js';
import { overload } from '../middlewares/overload.js';
import { rateLimit, writeLimit } from '../middlewares/rate-limit.js';
import { relay } from '../middlewares/relay.js';
import { requestContext } from '../middlewares/request-context.js';
import { securityHeaders } from '../middlewares/security-headers.js';
import { session } from '../middlewares/session.js';
import type { AppContext, AppState, Logger, Middleware } from '../middlewares/state.js';
import { uploads } from '../middlewares/uploads.js';
import { wellFormed } from '../middlewares/well-formed.js';
import { createRouter, PROGRAM_PATHS } from '../routes/index.js';
import { spaShell } from '../routes/pages/spa-shell.js';
import { probes } from '../routes/system/probes.js';
import { publicKeys } from '../routes/system/public-keys.js';
import type { Services } from '../services/index.js';
import type { Config } from './config.js';
import { createApiDocs } from './api-docs.js';
import type { DevAssets } from './dev-assets.js';
import { createPages } from './pages.js';
import { PROJECT_ROOT } from './project-root.js';

export interface AppParts {
  config: Config;
  services: Services;
  /** Newest first: they sign cookies and form tokens. */
  sessionKeys: readonly [string, ...string[]];
  /** Whether requests should be sent here. @throws when the database does not answer. */
  ready: () => Promise<boolean>;
  /** Whether writes are refused because the disk is full. */
  readOnly: () => boolean;
  log: Logger;
  /** Serves the pages' sources in place of the built files; in development only. */
  development?: DevAssets | undefined;
}

/** Builds the application. Opens no port, file or connection: its parts are open already. */
export function createApp(parts: AppParts): Koa<AppState, AppContext> {
  const { env, http } = parts.config;
  const app = new Koa<AppState, AppContext>({ env, proxy: http.trustProxyHops > 0, maxIpsCount: http.trustProxyHops });
  app.keys = createCookieKeys(parts.sessionKeys) as never; // Koa's type names Keygrip, whose interface this is
  app.on('error', (err: NodeJS.ErrnoException) => {
    const hungUp = err.code === 'ECONNRESET' || err.code === 'EPIPE'; // which is their right, and no error of ours
    parts.log[hungUp ? 'debug' : 'error']({ err }, 'the answer could not be sent');
  });
  for (const layer of Object.values(createOnion(parts))) app.use(layer);
  return app;
}

/**
 * The onion, outermost layer first. A layer may rely on every layer above it and on none below.
 * `create-app.test.ts` holds the order still; change both together and say why in the commit.
 */
export function createOnion({ config, services, sessionKeys, ready, readOnly, log, development }: AppParts) {
  const { http, defaultLocale } = config;
  const { idleMs, absoluteMs, cookieName, deviceCookieName } = config.session;
  const pages = createPages(development?.entry);
  const files = assets({ root: join(PROJECT_ROOT, 'public') });
  const figures = createMetrics(services.upstreams);
  const isBrowser = browserDetector({ cookieName });
  const isOurOrigin = ourOrigins(http.publicUrl);
  const foreign = { origins: http.corsOrigins, cookieName };
  const formTokens = createFormTokens(sessionKeys[0]);
  const relayTokenFor = createRelayTokenFor(services);
  const deviceCookie = createDeviceCookie({
    name: deviceCookieName,
    secure: http.https,
    tokens: services.deviceTokens,
  });
  const router = createRouter({ ...services, isBrowser, deviceCookie, relayTokenFor, docs: () => docs });
  const docs = createApiDocs({ router, cookieName, render: pages.docs });

  return {
    requestContext: requestContext({ log }), //              id and logger: even a refusal has both
    accessLog: accessLog({ log, format: config.log.format }), // sees the final status of everything below,
    metrics: metrics(figures), //                            and so does this
    compress: compress() as Middleware, //                   outside errors, so that they are encoded like the rest
    relay: relay(), //                                       sends upstreams' answers once all below have had their say
    errors: errorHandler({ defaultLocale, page: pages.error, isBrowser }), // everything below may throw
    securityHeaders: securityHeaders(http), //               set on the way in, so that errors keep them
    wellFormed: wellFormed(), //                             refuses what no other layer should have to expect
    probes: probes({ ready, readOnly, registry: figures.registry, metricsToken: config.metricsToken }), // need nothing below
    host: host(http), //                                     names that are not ours stop here
    cors: cors({ ...foreign, paths: PROGRAM_PATHS }), //     so that pages elsewhere may read even a refusal
    publicKeys: publicKeys(services), //                     those who verify our tokens need nothing below,
    assets: development?.layer(files) ?? files, //           nor do files,
    uploads: uploads({ storage: services.mediaStorage }), //  ours or people's
    overload: overload({ maxRequests: http.maxRequests }), // refuses early and cheaply,
    rateLimit: rateLimit({ counter: services.requests }), //  by address
    deviceCookie: deviceCookie.layer, //                      once the session below has been stored
    session: session({
      store: services.sessions,
      cookie: { name: cookieName, secure: http.https },
      idleMs,
      absoluteMs,
      extended: services.signIns.seen,
    }),
    csrf: csrf({ isBrowser, isOurOrigin, isForeignPage: foreignPageDetector(foreign) }), // every unsafe request of one
    authenticate: authenticate({ ...services, issuer: services.accessTokens.issuer }), // who is asking; refuses nobody
    writeLimit: writeLimit({ counter: services.writes }), // by account, before a body is read
    locale: locale({ defaultLocale }), //                    routes answer in the person's language
    // Above body, so that bodies pass unread.
    gateway: gateway({
      ...services,
      relayTokenFor,
      cookieNames: [cookieName, deviceCookieName],
      publicUrl: http.publicUrl,
      isOurOrigin,
    }),
    body: bodyParser({ limit: 100 * 1024, formTokens }), //   routes see it parsed; malformed is refused here
    routes: router.routes() as unknown as Middleware,
    methods: router.allowedMethods() as unknown as Middleware, // a bare 405 with `Allow`; `errors` gives it a body
    spaShell: spaShell({ render: pages.shell, formTokens, programPaths: PROGRAM_PATHS, setup: services.setup }),
  };
}
