import { join } from 'node:path';
import Koa from 'koa';
import compress from 'koa-compress';
import { accessLog } from '../middlewares/access-log.js';
import { assets } from '../middlewares/assets.js';
import { authenticate } from '../middlewares/authenticate.js';
import { bodyParser } from '../middlewares/body-parser.js';
import { browserDetector } from '../middlewares/csrf/browser.js';
import { cors } from '../middlewares/cors.js';
import { createCookieKeys } from '../middlewares/http/cookie-keys.js';
import { createDeviceCookie } from '../middlewares/device-cookie.js';
import { csrf } from '../middlewares/csrf/csrf.js';
import { createFormTokens } from '../middlewares/csrf/form-tokens.js';
import { crossOriginDetector, ourOrigins } from '../middlewares/csrf/origins.js';
import { errorHandler } from '../middlewares/error-handler.js';
import { createUpstreamTokenFor } from '../middlewares/gateway/gateway-request.js';
import { gateway } from '../middlewares/gateway/gateway.js';
import { host } from '../middlewares/host.js';
import { locale } from '../middlewares/locale.js';
import { metrics, type Metrics } from '../middlewares/metrics.js';
import { overload } from '../middlewares/overload.js';
import { rateLimit, writeLimit } from '../middlewares/rate-limit.js';
import { proxyResponse } from '../middlewares/gateway/proxy-response.js';
import { requestContext } from '../middlewares/request-context.js';
import { securityHeaders } from '../middlewares/security-headers.js';
import { createSessions } from '../middlewares/session/session.js';
import type { AppContext, AppState, Logger, Middleware } from '../middlewares/state.js';
import { uploads } from '../middlewares/uploads.js';
import { requestLimits } from '../middlewares/request-limits.js';
import { createRouter, API_PREFIXES } from '../routes/index.js';
import { pages } from '../routes/pages/pages.js';
import { siteFiles } from '../routes/feeds/site-files.js';
import { probes } from '../routes/system/probes.js';
import { publicKeys } from '../routes/system/public-keys.js';
import type { Services } from '../services/index.js';
import type { Config } from './config.js';
import { createApiDocs } from './api-docs.js';
import type { DevAssets } from './dev-assets.js';
import { createPages } from './pages.js';
import { PROJECT_ROOT } from './project-root.js';

export interface AppOptions {
  config: Config;
  services: Services;
  /** Newest first: they sign cookies and form tokens. */
  sessionKeys: readonly [string, ...string[]];
  /** Whether requests should be sent here. @throws when the database does not answer. */
  ready: () => Promise<boolean>;
  /** Whether writes are refused because the disk is full. */
  readOnly: () => boolean;
  /** Whether the event loop is late. */
  isBehind: () => boolean;
  log: Logger;
  figures: Metrics;
  /** Serves the pages' sources in place of the built files; in development only. */
  development?: DevAssets | undefined;
}

/** Builds the application. Opens no port, file or connection: what it needs is open already. */
export function createApp(options: AppOptions): Koa<AppState, AppContext> {
  const { env, http } = options.config;
  const app = new Koa<AppState, AppContext>({ env, proxy: http.trustProxyHops > 0, maxIpsCount: http.trustProxyHops });
  app.keys = createCookieKeys(options.sessionKeys) as never; // Koa's type names Keygrip, whose interface this is
  app.on('error', (err: NodeJS.ErrnoException) => {
    const disconnected = err.code === 'ECONNRESET' || err.code === 'EPIPE'; // clients may
    options.log[disconnected ? 'debug' : 'error']({ err }, 'the response could not be sent');
  });
  for (const layer of Object.values(createOnion(options))) app.use(layer);
  return app;
}

/**
 * The onion, outermost layer first. A layer may rely on every layer above it and on none below.
 * `create-app.test.ts` asserts the order; change both together and say why in the commit.
 */
export function createOnion(options: AppOptions) {
  const { config, services, sessionKeys, ready, readOnly, isBehind, log, figures, development } = options;
  const { accessTokens, deviceTokens, gateway: upstreams, personalTokens, signIns, signingKeys, viewers } = services;
  const { http, defaultLocale } = config;
  const { idleMs, absoluteMs, cookieName, deviceCookieName } = config.session;
  const { docs: renderDocs, error: errorPage, ...pageViews } = createPages(development?.entry);
  const files = assets({ root: join(PROJECT_ROOT, 'public') });
  const isBrowser = browserDetector({ cookieName });
  const isOurOrigin = ourOrigins(http.publicUrl);
  const crossOrigin = { origins: http.corsOrigins, cookieName };
  const formTokens = createFormTokens(sessionKeys[0]);
  const upstreamTokenFor = createUpstreamTokenFor(upstreams);
  const deviceCookie = createDeviceCookie({
    name: deviceCookieName,
    secure: http.https,
    tokens: deviceTokens,
  });
  const browserSessions = createSessions({
    store: services.sessions,
    cookie: { name: cookieName, secure: http.https },
    idleMs,
    absoluteMs,
    onExtended: signIns.seen,
  });
  const router = createRouter({
    services,
    isBrowser,
    browserSessions,
    deviceCookie,
    upstreamTokenFor,
    docs: () => docs,
  });
  const docs = createApiDocs({ router, cookieName, render: renderDocs });

  return {
    requestContext: requestContext({ log }), //              id and logger: even a refusal has both
    accessLog: accessLog({ log, format: config.log.format }), // sees the final status of everything below,
    metrics: metrics(figures), //                            and so does this
    compress: compress() as Middleware, //                   outside errors, so that they are encoded like the rest
    // Sends upstreams' responses after every layer below has set its headers.
    proxyResponse: proxyResponse({ gateway: upstreams, cookieNames: [cookieName, deviceCookieName] }),
    errors: errorHandler({ defaultLocale, page: errorPage, isBrowser }), // everything below may throw
    securityHeaders: securityHeaders(http), //               set on the way in, so that errors keep them
    requestLimits: requestLimits(), //                       refuses what no other layer should have to expect
    probes: probes({ ready, readOnly, registry: figures.registry, metricsToken: config.metricsToken }), // need nothing below
    host: host(http), //                                     unknown host names stop here
    cors: cors({ ...crossOrigin, paths: API_PREFIXES }), //  so that pages elsewhere may read even a refusal
    publicKeys: publicKeys({ signingKeys }), //                     those who verify our tokens need nothing below,
    assets: development?.layer(files) ?? files, //           nor do files,
    uploads: uploads({ storage: services.mediaStorage }), //  ours or people's
    overload: overload({ maxRequests: http.maxRequests, isBehind }), // refuses early and cheaply,
    rateLimit: rateLimit({ counter: services.requests }), //  by address
    siteFiles: siteFiles({ feeds: services.feeds, defaultLocale }), // feeds and sitemaps need no session
    deviceCookie: deviceCookie.layer, //                      once the session below has been stored
    session: browserSessions.layer, //                       loaded only when a cookie names one
    // Every unsafe request of a browser.
    csrf: csrf({ isBrowser, isOurOrigin, isCrossOriginRequest: crossOriginDetector(crossOrigin), formTokens }),
    // Identifies the caller, rejects no request.
    authenticate: authenticate({ viewers, signIns, personalTokens, signingKeys, issuer: accessTokens.issuer }),
    writeLimit: writeLimit({ counter: services.writes }), // by account, before a body is read
    locale: locale({ defaultLocale }), //                    routes answer in the person's language
    // Above body, so that bodies pass unread.
    gateway: gateway({
      gateway: upstreams,
      viewers,
      signIns,
      personalTokens,
      upstreamTokenFor,
      publicUrl: http.publicUrl,
      isOurOrigin,
    }),
    body: bodyParser({ limit: 100 * 1024 }), //               routes see it parsed; malformed is refused here
    routes: router.routes() as unknown as Middleware,
    methods: router.allowedMethods() as unknown as Middleware, // a bare 405 with `Allow`; `errors` gives it a body
    pages: pages({ ...pageViews, services, formTokens, apiPrefixes: API_PREFIXES }),
  };
}
