import { LOCAL_NAMES } from '../../services/loopback.js';
import { cookiePattern } from '../session/session-cookie.js';
import type { Context } from '../state.js';

export type IsOurOrigin = (ctx: Context, origin: string) => boolean;

/** Our own origins: the one of `publicUrl`, or without it this machine's names with the listening port. */
export function ourOrigins(publicUrl: string | undefined): IsOurOrigin {
  if (publicUrl !== undefined) return (_ctx, origin) => origin === publicUrl;
  return ({ req }, origin) => {
    const port = String(req.socket.localPort);
    return LOCAL_NAMES.some((host) => origin === `http://${host}${port === '80' ? '' : `:${port}`}`);
  };
}

/** Whether a text is what a browser sends as `Origin` from a page that no third party can alter. No `*` and no `null`. */
export function isExactOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, origin } = new URL(text);
  if (origin !== text || text.includes('*')) return false;
  return protocol === 'https:' || (protocol === 'http:' && LOCAL_NAMES.includes(hostname));
}

export interface CrossOriginOptions {
  /** Exact origins of pages elsewhere that may call the API with a token of their own. */
  origins: readonly string[];
  cookieName: string;
}

/** Whether a request comes from a page of one of these origins, without our cookie: there is nothing to ride on. */
export type IsCrossOriginRequest = (ctx: Context) => boolean;

export function crossOriginDetector({ origins, cookieName }: CrossOriginOptions): IsCrossOriginRequest {
  const allowed = new Set(origins);
  const carriesCookie = cookiePattern(cookieName);
  return ({ req: { headers } }) =>
    allowed.has(headers.origin ?? '') && !(headers.cookie !== undefined && carriesCookie.test(headers.cookie));
}
