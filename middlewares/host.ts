import { isLoopback, LOCAL_NAMES } from '../services/loopback.js';
import { WrongHost } from './http/request-errors.js';
import { logOf } from './request-context.js';
import type { Context, Middleware } from './state.js';

const NAME_AND_PORT = /^(.*?)(?::(\d{1,5}))?$/;

/**
 * Answers only to names that are ours, so that no response is made for, or cached under, a name that a client has chosen,
 * and another name that was pointed at this machine (DNS rebinding) reaches nothing. Ours is the host of `publicUrl`;
 * without one, and always for clients on this machine, `localhost`, `127.0.0.1` and `[::1]` with the listening port.
 * `X-Forwarded-Host` is never used: a proxy passes `Host` on.
 *
 * @see RFC 9112 section 3.2
 */
export function host({ publicUrl }: { publicUrl: string | undefined }): Middleware {
  const publicHosts = publicUrl === undefined ? [] : hostsOf(new URL(publicUrl));

  return function hostMiddleware(ctx, next) {
    const { url = '', headers } = ctx.req;
    const asked = headers.host ?? '';
    // A request line may name a host of its own, and that one counts (RFC 9112 section 3.2.2).
    if (!isOurs(ctx, asked) || (url[0] !== '/' && url !== '*' && !isOurs(ctx, hostIn(url)))) {
      logOf(ctx).warn({ host: asked }, 'refused: if the site is reached there, set PUBLIC_URL');
      throw new WrongHost();
    }
    ctx.state.origin = publicUrl ?? `http://${asked}`;
    return next();
  };

  function isOurs({ req: { socket } }: Context, asked: string): boolean {
    if (publicHosts.includes(asked.toLowerCase())) return true;
    const [, name = '', port] = NAME_AND_PORT.exec(asked.toLowerCase()) ?? [];
    if (!LOCAL_NAMES.includes(name) || (port !== undefined && Number(port) !== socket.localPort)) return false;
    return publicUrl === undefined || isLoopback(socket.remoteAddress ?? '');
  }
}

/** With and without the port that goes without saying. */
function hostsOf({ protocol, hostname, host: short, port }: URL): string[] {
  return port === '' ? [short, `${hostname}:${protocol === 'https:' ? 443 : 80}`] : [short];
}

function hostIn(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}
