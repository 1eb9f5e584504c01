import { UpstreamFailed } from '../../services/errors.js';
import { ClientDisconnected, type Gateway, type ProxyExchange, type Upstream } from '../../services/upstreams/index.js';
import { verifyCsrf } from '../csrf/verify.js';
import { setCacheStatus } from '../http/cache-status.js';
import { isSafe } from '../http/safe-methods.js';
import { logOf } from '../request-context.js';
import type { Context, Middleware } from '../state.js';
import { accessCheck, type AccessCheckOptions } from './access-check.js';
import { cacheSlotFor, fetchWithCache } from './fetch-with-cache.js';
import { GATEWAY, resolveTarget, sendUpstream, uploadOf, type UpstreamTokenFor } from './gateway-request.js';
import { sendLater } from './proxy-response.js';
import { headersForUpstream } from './request-headers.js';
import { upgradeOf } from './upgrade.js';
import { proxyWebSocket, type WebSocketOptions } from './websocket.js';

export interface GatewayOptions extends WebSocketOptions, AccessCheckOptions {
  gateway: Pick<Gateway, 'find' | 'tunnels'>;
  upstreamTokenFor: UpstreamTokenFor;
}

/**
 * Proxies `/gw/<name>/…` to an instance of that upstream, within what its declaration allows. Stands above `body`, so that
 * bodies pass unread. `proxyResponse` sends the response.
 */
export function gateway(options: GatewayOptions): Middleware {
  const { gateway: upstreams, upstreamTokenFor, publicUrl } = options;
  return async function gatewayMiddleware(ctx, next) {
    if (!ctx.path.startsWith(GATEWAY)) return next();
    if (!ctx.req.url?.startsWith('/')) ctx.throw(400); // not a forward proxy (RFC 9112 section 3.2.2)

    const resolved = resolveTarget(ctx, upstreams);
    if (!resolved) return;
    const { upstream, target } = resolved;
    const token = upstreamTokenFor(ctx, upstream);
    verifyCsrf(ctx, {}); // a form's token is in a body that is not read here

    const path = target.path + target.query;
    const access = accessCheck(ctx, options);
    const upgrade = upgradeOf(ctx);
    if (upgrade?.protocol === 'websocket') {
      return proxyWebSocket(ctx, { upgrade, upstream, path, token, access }, options);
    }
    const body = uploadOf(ctx, upstream, access);
    const rules = upstream.definition.headers.request;
    const headers = headersForUpstream(ctx, { token, rules, upgrade: false, publicUrl });
    const slot = cacheSlotFor(ctx, upstream, path, headers);
    const exchange = await fetchWithCache(ctx, upstream, slot, () =>
      sendUpstream(ctx, upstream, { path, headers, body, upgrade: false }),
    );
    if (!exchange) return;
    // The declaration may have been reloaded meanwhile, and have another cache.
    if (exchange.status < 400 && !isSafe(ctx.method)) upstreams.find(upstream.name)?.cache?.invalidate(path);
    const store = exchange.status === 200 ? slot : undefined;
    if (store) setCacheStatus(ctx, 'miss');
    const location = locationFor(ctx, upstream, exchange, target.path);
    sendLater(ctx, { exchange, definition: upstream.definition, location, store, access });
  };
}

const NO_ORIGIN = 'http://upstream.invalid';

/**
 * Rewrites a `Location` to the path under which clients reach the upstream. Redirects are not followed, and may lead to
 * the upstream only: by a relative URL, the address of an instance, or the public origin, which it receives as its host.
 *
 * @throws UpstreamFailed for a redirect to another origin.
 */
function locationFor(ctx: Context, upstream: Upstream, exchange: ProxyExchange, path: string): string | undefined {
  const { location } = exchange.headers;
  if (location === undefined) return undefined;
  const base = NO_ORIGIN + path;
  const url = URL.canParse(location, base) ? new URL(location, base) : undefined;
  if (url && ([NO_ORIGIN, ctx.state.origin].includes(url.origin) || upstream.has(url.origin))) {
    return `${GATEWAY}${upstream.name}${url.pathname}${url.search}${url.hash}`;
  }
  if (exchange.status < 300 || exchange.status >= 400) return undefined;
  exchange.abort(new ClientDisconnected('its redirect was refused'));
  logOf(ctx).warn({ upstream: upstream.name, origin: url?.origin }, 'refused a redirect to another origin');
  throw new UpstreamFailed(`${upstream.name}: redirects to another origin`, { fields: [upstream.name] });
}
