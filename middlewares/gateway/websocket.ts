import type { IncomingHttpHeaders } from 'node:http';
import { NotFound, UpstreamFailed } from '../../services/errors.js';
import { unavailable, type AccessCheck, type Gateway, type Upstream } from '../../services/upstreams/index.js';
import type { IsOurOrigin } from '../csrf/origins.js';
import type { Context } from '../state.js';
import { sendUpstream } from './gateway-request.js';
import { headersForUpstream } from './request-headers.js';
import type { Upgrade } from './upgrade.js';
import { CsrfFailed } from '../http/request-errors.js';

export interface WebSocketOptions {
  gateway: Pick<Gateway, 'tunnels'>;
  isOurOrigin: IsOurOrigin;
  publicUrl: string | undefined;
}

interface WebSocketRequest {
  upgrade: Upgrade;
  upstream: Upstream;
  path: string;
  token: string | undefined;
  access: AccessCheck | undefined;
}

/**
 * Opens a WebSocket to an upstream and joins it with the client's connection. The handshake is a request that has passed
 * the onion; messages are not read.
 *
 * @throws NotFound, CsrfFailed, UpstreamFailed, Unavailable; a 400 for another version than 13.
 */
export async function proxyWebSocket(
  ctx: Context,
  { upgrade, upstream, path, token, access }: WebSocketRequest,
  { gateway, isOurOrigin, publicUrl }: WebSocketOptions,
): Promise<void> {
  const { definition, name } = upstream;
  assertHandshake(ctx, upstream, isOurOrigin);
  const headers = headersForUpstream(ctx, { token, rules: definition.headers.request, upgrade: true, publicUrl });
  const exchange = await sendUpstream(ctx, upstream, { path, headers, body: undefined, upgrade: true });
  if (!exchange) return;
  if (!exchange.socket) {
    exchange.abort();
    throw new UpstreamFailed(`${name}: status ${exchange.status} instead of a WebSocket`, { fields: [name] });
  }
  ctx.respond = false;
  ctx.res.statusCode = 101;
  const client = upgrade.take();
  client.write(switchingProtocols(exchange.headers));
  upstream.websockets += 1;
  gateway.tunnels.join(client, exchange.socket, {
    idleMs: definition.timeouts.streamIdleMs,
    access,
    onClose: () => (upstream.websockets -= 1),
  });
}

function assertHandshake(ctx: Context, upstream: Upstream, isOurOrigin: IsOurOrigin): void {
  const { definition, name, websockets } = upstream;
  if (!definition.websocket) throw new NotFound();
  if (ctx.method !== 'GET' || ctx.get('Sec-WebSocket-Version') !== '13') {
    ctx.set('Sec-WebSocket-Version', '13');
    ctx.throw(400);
  }
  // Browsers let any page open a WebSocket to us, cookies included (RFC 6455 section 10.2).
  const origin = ctx.get('Origin');
  const byCookie = ctx.state.auth.kind === 'session';
  if (origin === '' ? byCookie : !isOurOrigin(ctx, origin)) throw new CsrfFailed('a foreign WebSocket');
  if (websockets >= definition.maxWebsockets) throw unavailable(name, 'too many WebSockets are open');
}

/** Returns the head of the response, with the upstream's handshake headers only. */
function switchingProtocols(headers: IncomingHttpHeaders): string {
  const agreed = ['sec-websocket-accept', 'sec-websocket-protocol', 'sec-websocket-extensions'].flatMap((name) =>
    headers[name] === undefined ? [] : [`${name}: ${String(headers[name])}\r\n`],
  );
  return `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n${agreed.join('')}\r\n`;
}
