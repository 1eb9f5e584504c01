import type { IncomingHttpHeaders } from 'node:http';
import { CsrfFailed, NotFound, UpstreamFailed } from '../services/errors.js';
import { ClientGone, unavailable } from '../services/upstreams/failures.js';
import type { Tunnels } from '../services/upstreams/tunnels.js';
import { CallSignal, type Upstream } from '../services/upstreams/upstream.js';
import type { UpstreamTarget } from '../services/upstreams/upstream-path.js';
import type { CsrfOptions } from './csrf.js';
import { headersForUpstream } from './relayed-headers.js';
import { standingOf, type StandingOptions } from './standing.js';
import type { Context } from './state.js';
import type { Upgrade } from './upgrade.js';

export interface UpgradeOptions extends StandingOptions {
  tunnels: Tunnels;
  isOurOrigin: CsrfOptions['isOurOrigin'];
  publicUrl: string | undefined;
}

/**
 * Asks an upstream for a WebSocket and joins it with the client's connection. The handshake is an ordinary request that
 * has come through the onion; after it nothing is looked into.
 *
 * @throws CsrfFailed: browsers let any page open a WebSocket to us, cookies included (RFC 6455 section 10.2).
 */
export async function relayUpgrade(
  ctx: Context,
  upgrade: Upgrade,
  { upstream, target, token }: { upstream: Upstream; target: UpstreamTarget; token: string | undefined },
  options: UpgradeOptions,
): Promise<void> {
  const { definition, name } = upstream;
  if (!definition.websocket) throw new NotFound();
  if (ctx.method !== 'GET' || ctx.get('Sec-WebSocket-Version') !== '13') {
    ctx.set('Sec-WebSocket-Version', '13');
    ctx.throw(400);
  }
  const origin = ctx.get('Origin');
  const byCookie = ctx.state.actor?.kind === 'session';
  if (origin === '' ? byCookie : !options.isOurOrigin(ctx, origin)) throw new CsrfFailed('a foreign WebSocket');
  if (upstream.websockets >= definition.maxWebsockets) throw unavailable(name, 'too many WebSockets are open');

  const signal = new CallSignal();
  ctx.res.once('close', () => signal.leave());
  const headers = headersForUpstream(ctx, {
    token,
    rules: definition.headers.request,
    upgrade: true,
    publicUrl: options.publicUrl,
  });
  const call = { method: 'GET', path: target.path + target.query, headers, body: undefined, upgrade: true };
  let answer;
  try {
    answer = await upstream.send({ ...call, key: ctx.ip, client: undefined, signal });
  } catch (error) {
    if (!(error instanceof ClientGone)) throw error;
    ctx.respond = false;
    return;
  }
  if (!answer.socket) {
    answer.abort(new ClientGone());
    throw new UpstreamFailed(`${name}: no WebSocket, but ${answer.status}`, { fields: [name] });
  }
  ctx.respond = false;
  ctx.res.statusCode = 101;
  const client = upgrade.take();
  client.write(switchingProtocols(answer.headers));
  upstream.websockets += 1;
  options.tunnels.join(client, answer.socket, {
    idleMs: definition.timeouts.streamIdleMs,
    standing: standingOf(ctx, options),
    onClose: () => (upstream.websockets -= 1),
  });
}

/** Of the upstream's answer nothing passes but what the two have agreed on. */
function switchingProtocols(headers: IncomingHttpHeaders): string {
  const agreed = ['sec-websocket-accept', 'sec-websocket-protocol', 'sec-websocket-extensions'].flatMap((name) =>
    headers[name] === undefined ? [] : [`${name}: ${String(headers[name])}\r\n`],
  );
  return `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n${agreed.join('')}\r\n`;
}
