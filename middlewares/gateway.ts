import { CsrfFailed, UpstreamFailed } from '../services/errors.js';
import type { Exchange } from '../services/upstreams/exchange.js';
import { ClientGone } from '../services/upstreams/failures.js';
import { CallSignal, type Upstream } from '../services/upstreams/upstream.js';
import type { Upstreams } from '../services/upstreams/upstreams.js';
import { GATEWAY, addressed, clientKey, uploadOf, type RelayTokenFor } from './gateway-request.js';
import { relayUpgrade, type UpgradeOptions } from './gateway-upgrade.js';
import { ourCookies } from './our-cookies.js';
import { headersForUpstream, passHeadersBack, trailersToPass } from './relayed-headers.js';
import { askUnlessKept, keptFor, questionOf } from './kept-answer.js';
import { relayLater } from './relay.js';
import { logOf } from './request-context.js';
import { isSafe } from './safe-methods.js';
import { standingOf } from './standing.js';
import type { Context, Middleware } from './state.js';
import { upgradeOf } from './upgrade.js';
import { tellKept } from './x-cache.js';

export interface GatewayOptions extends UpgradeOptions {
  relayTokenFor: RelayTokenFor;
  upstreams: Pick<Upstreams, 'find'>;
  /** Those that we set ourselves: no upstream may set them. */
  cookieNames: readonly string[];
}

/**
 * Asks the services behind us: `/gw/<name>/…` is answered by whatever instance of that upstream is picked, within what
 * its declaration allows. It stands above `body`, so that bodies pass as they come.
 */
export function gateway(options: GatewayOptions): Middleware {
  const isOurCookie = ourCookies(options.cookieNames);
  return async function gatewayMiddleware(ctx, next) {
    if (!ctx.path.startsWith(GATEWAY)) return next();
    if (!ctx.req.url?.startsWith('/')) ctx.throw(400); // we are nobody's forward proxy (RFC 9112 section 3.2.2)

    const asked = addressed(ctx, options.upstreams);
    if (!asked) return;
    const { upstream, target } = asked;
    const token = options.relayTokenFor(ctx, upstream);
    if (ctx.state.formTokenNeeded) throw new CsrfFailed(); // the field is in a body that is not read here
    const upgrade = upgradeOf(ctx);
    if (upgrade?.protocol === 'websocket') return relayUpgrade(ctx, upgrade, { upstream, target, token }, options);
    const body = uploadOf(ctx, upstream, standingOf(ctx, options));
    const rules = upstream.definition.headers.request;
    const headers = headersForUpstream(ctx, { token, rules, upgrade: false, publicUrl: options.publicUrl });
    const { method } = ctx;
    const path = target.path + target.query;
    const question = questionOf(ctx, upstream, path, headers);
    const exchange = await askUnlessKept(ctx, { upstream, question, isOurCookie }, () =>
      ask(ctx, upstream, { method, path, headers, body }),
    );
    if (!exchange) return;
    // A declaration that was read again meanwhile has another cache.
    if (exchange.status < 400 && !isSafe(method)) options.upstreams.find(upstream.name)?.kept?.forget(path);
    const kept = exchange.status === 200 ? keptFor(ctx, upstream) : undefined;
    if (kept) tellKept(ctx, 'miss');
    const location = locationFor(ctx, upstream, exchange, target.path);
    relayLater(ctx, {
      head(res) {
        res.statusCode = exchange.status;
        if (exchange.status === 204) delete exchange.headers['content-length']; // RFC 9110 section 8.6
        passHeadersBack(res, exchange.headers, { definition: upstream.definition, isOurCookie });
        if (location !== undefined) res.setHeader('Location', location);
      },
      sendTo(sink) {
        exchange.sendTo(kept ? kept.recording(question, exchange.headers, sink) : sink);
        if (!exchange.isOver) options.tunnels.watch(exchange, standingOf(ctx, options));
      },
      trailers(received) {
        const { connection } = exchange.headers;
        return trailersToPass(received, { definition: upstream.definition, connection });
      },
      abort: (error) => exchange.abort(error),
    });
  };
}

type Asked = Pick<Parameters<Upstream['send']>[0], 'method' | 'path' | 'headers' | 'body'>;

/** @returns undefined when the client has gone meanwhile. */
async function ask(ctx: Context, upstream: Upstream, asked: Asked): Promise<Exchange | undefined> {
  const signal = new CallSignal();
  ctx.res.once('close', () => signal.leave());
  try {
    return await upstream.send({ ...asked, upgrade: false, key: ctx.ip, client: clientKey(ctx), signal });
  } catch (error) {
    if (!(error instanceof ClientGone)) throw error;
    if (!signal.gone) return ctx.throw(408); // it is there, but neither sends nor takes anything
    ctx.respond = false;
    return undefined;
  }
}

const UNNAMED = 'http://upstream.invalid';

/**
 * Where an answer leads, seen from outside. We follow nothing ourselves, and send nobody to where the upstream is not;
 * by the name that people know us by it means itself, for that is the one it was told.
 *
 * @throws UpstreamFailed for a redirection to somewhere else.
 */
function locationFor(ctx: Context, upstream: Upstream, exchange: Exchange, path: string): string | undefined {
  const { location } = exchange.headers;
  if (location === undefined) return undefined;
  const base = UNNAMED + path;
  const led = URL.canParse(location, base) ? new URL(location, base) : undefined;
  if (led && ([UNNAMED, ctx.state.origin].includes(led.origin) || upstream.has(led.origin))) {
    return `${GATEWAY}${upstream.name}${led.pathname}${led.search}${led.hash}`;
  }
  if (exchange.status < 300 || exchange.status >= 400) return undefined;
  exchange.abort(new ClientGone('its redirection was refused'));
  logOf(ctx).warn({ upstream: upstream.name, origin: led?.origin }, 'refused a redirection to somewhere else');
  throw new UpstreamFailed(`${upstream.name}: redirects to somewhere else`, { fields: [upstream.name] });
}
