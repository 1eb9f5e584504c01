import { WrongHost } from '../services/errors.js';
import { isLoopback } from './address.js';
import { logOf } from './request-context.js';
import type { Context, Middleware } from './state.js';

/** What a machine calls itself; nobody else can make a name of theirs lead a browser here as one of these. */
const OWN_NAME = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?$/i;

/**
 * Answers only to names that are ours, so that no answer is made for, or kept under, a name that a visitor has chosen,
 * and a foreign name that was pointed at this machine (DNS rebinding) reaches nothing. Ours is the host of `publicUrl`;
 * without one, and always for who asks from this machine, `localhost`, `127.0.0.1` and `[::1]` with the listening port.
 * `X-Forwarded-Host` is never believed: a proxy passes `Host` on.
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
    const own = OWN_NAME.exec(asked);
    if (!own || (own[1] !== undefined && Number(own[1]) !== socket.localPort)) return false;
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
