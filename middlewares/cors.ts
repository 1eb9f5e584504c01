import { crossOriginDetector, type CrossOriginOptions } from './csrf/origins.js';
import type { Middleware } from './state.js';

interface Options extends CrossOriginOptions {
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
 * Lets pages of the given origins read responses of the API (https://fetch.spec.whatwg.org/#http-cors-protocol). Never
 * with a cookie: `Access-Control-Allow-Credentials` is never sent, so no library is used that could. Without origins it
 * does nothing, and no browser lets a page elsewhere read anything.
 */
export function cors({ origins, cookieName, paths }: Options): Middleware {
  const isAllowed = crossOriginDetector({ origins, cookieName });

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
