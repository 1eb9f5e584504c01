import { cookiePattern } from '../session/session-cookie.js';
import type { Context } from '../state.js';

/** Distinguishes browsers, which get a cookie and never a token, from other programs, which get tokens and no cookie. */
export type IsBrowser = (ctx: Context) => boolean;

/**
 * A browser sends `Sec-Fetch-Site` or `Origin` (neither can be held back by a page), or carries our cookie.
 * `Sec-Fetch-Mode` does not count: Node's own fetch sends it too.
 */
export function browserDetector({ cookieName }: { cookieName: string }): IsBrowser {
  const carriesCookie = cookiePattern(cookieName);
  return ({ req: { headers } }) =>
    headers['sec-fetch-site'] !== undefined ||
    headers.origin !== undefined ||
    (headers.cookie !== undefined && carriesCookie.test(headers.cookie));
}
