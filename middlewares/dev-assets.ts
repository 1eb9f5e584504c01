import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Unavailable } from '../services/errors.js';
import type { Tunnels } from '../services/upstreams/index.js';
import type { Context, Middleware } from './state.js';
import { upgradeOf } from './gateway/upgrade.js';

/** Vite's `base` (vite.config.ts). */
export const BASE = '/assets/';
/** Not end-to-end (RFC 9110 section 7.6.1), or ours to set. */
const NOT_PASSED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date']);

interface Options {
  /** Where Vite listens, as http://127.0.0.1:5173 */
  viteUrl: string;
  tunnels: Pick<Tunnels, 'join'>;
  /** Answers everything but `/assets/`. */
  files: Middleware;
}

/** Answers `/assets/` from Vite's dev server, its WebSocket for hot module replacement included. */
export function devAssets({ viteUrl, tunnels, files }: Options): Middleware {
  return async function devAssetsMiddleware(ctx, next) {
    if (!ctx.path.startsWith(BASE)) return allowVite(ctx, () => files(ctx, next));
    const upgrade = upgradeOf(ctx);
    const asked = request(`${viteUrl}${ctx.path}${ctx.search}`, { method: ctx.method, headers: ctx.headers }).end();
    const { answer, socket } = await answered(asked);
    if (upgrade && socket) {
      ctx.respond = false;
      const client = upgrade.take();
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${linesOf(answer)}\r\n`);
      tunnels.join(client, socket, { idleMs: Infinity, access: undefined, onClose() {} });
      return;
    }
    ctx.status = answer.statusCode ?? 502;
    for (const [name, value = ''] of Object.entries(answer.headers)) if (!NOT_PASSED.has(name)) ctx.set(name, value);
    ctx.body = answer;
  };
}

/** @throws Unavailable while Vite does not answer, as when its dependencies are optimized. */
function answered(asked: ClientRequest): Promise<{ answer: IncomingMessage; socket?: Duplex }> {
  return new Promise((resolve, reject) => {
    asked.on('response', (answer) => resolve({ answer }));
    asked.on('upgrade', (answer, socket) => resolve({ answer, socket }));
    // Stays after the answer's head: a reset in its body is the body's error, and this one's as well.
    asked.on('error', (cause) => reject(new Unavailable('Vite does not answer', { cause })));
  });
}

function linesOf({ rawHeaders }: IncomingMessage): string {
  let lines = '';
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
  return lines;
}

/** Vite's client waits for a server that starts again in a worker of its own, made from a blob: that alone is relaxed. */
async function allowVite(ctx: Context, next: () => Promise<unknown>): Promise<void> {
  await next();
  const policy = ctx.response.get('Content-Security-Policy');
  if (policy.includes('script-src')) ctx.set('Content-Security-Policy', `${policy};worker-src blob:`);
}
