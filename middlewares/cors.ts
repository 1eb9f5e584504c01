import { cookiePattern } from './session.js';
import type { Context, Middleware } from './state.js';

export interface ForeignPages {
  /** Exact origins of pages elsewhere that may call the API with a token of their own. */
  origins: readonly string[];
  cookieName: string;
}

interface Options extends ForeignPages {
  /** Only what lies below these is for programs; everything else is a page of ours. */
  paths: readonly string[];
}

const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, If-Match, If-None-Match, Accept-Language, X-Request-Id',
  'Access-Control-Max-Age': '600',
};
const EXPOSED =
  'ETag, Location, Retry-After, RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id, X-Cache';

/**
 * Lets pages of the given origins read answers of the API (https://fetch.spec.whatwg.org/#http-cors-protocol). Never
 * with a cookie: `Access-Control-Allow-Credentials` is sent to nobody, so there is no library here that could. Without
 * origins it does nothing, and no browser lets a foreign page read anything.
 */
export function cors({ origins, cookieName, paths }: Options): Middleware {
  const isAllowed = foreignPageDetector({ origins, cookieName });

  return function corsMiddleware(ctx, next) {
    if (origins.length === 0 || !paths.some((path) => ctx.path.startsWith(`${path}/`))) return next();
    ctx.vary('Origin');
    if (!isAllowed(ctx)) return next();
    ctx.set('Access-Control-Allow-Origin', ctx.get('Origin'));
    if (ctx.method !== 'OPTIONS' || ctx.get('Access-Control-Request-Method') === '') {
      ctx.set('Access-Control-Expose-Headers', EXPOSED);
      return next();
    }
    ctx.vary('Access-Control-Request-Method, Access-Control-Request-Headers');
    ctx.set(PREFLIGHT);
    ctx.status = 204;
    return Promise.resolve();
  };
}

/** Tells the pages elsewhere that we answer, as long as they ride on nobody's cookie. */
export function foreignPageDetector({ origins, cookieName }: ForeignPages): (ctx: Context) => boolean {
  const allowed = new Set(origins);
  const carriesCookie = cookiePattern(cookieName);
  return ({ req: { headers } }) =>
    allowed.has(headers.origin ?? '') && !(headers.cookie !== undefined && carriesCookie.test(headers.cookie));
}
