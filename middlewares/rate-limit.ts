import { RateLimited } from '../services/errors.js';
import type { Count, Counter } from '../services/limits/counters.js';
import { isLoopback } from '../services/loopback.js';
import { addressKey } from './http/address.js';
import { viewerOf } from './http/auth.js';
import { isSafe } from './http/safe-methods.js';
import type { Context, Middleware } from './state.js';

/**
 * Limits what one address may ask for. The loopback address is not counted: behind it is a developer, or a proxy whose
 * hops were not declared, and then every visitor would share one count.
 *
 * @param options.counter of requests, by address.
 */
export function rateLimit({ counter }: { counter: Counter }): Middleware {
  const uncounted = { limit: counter.limit.points, used: 0, resetSeconds: counter.limit.windowSeconds };

  return async function rateLimitMiddleware(ctx, next) {
    if (isLoopback(ctx.ip)) announce(ctx, uncounted);
    else admit(ctx, await counter.add(addressKey(ctx.ip)));
    await next();
  };
}

/**
 * Limits how much one account may change, from all its devices. Requests from the machine itself are not counted: load
 * tests and imports are the operator's own.
 *
 * @param options.counter of unsafe requests, by account.
 */
export function writeLimit({ counter }: { counter: Counter }): Middleware {
  return async function writeLimitMiddleware(ctx, next) {
    const viewer = viewerOf(ctx.state.auth);
    if (viewer && !isSafe(ctx.method) && !isLoopback(ctx.ip)) admit(ctx, await counter.add(String(viewer.id)));
    await next();
  };
}

/** @throws RateLimited */
function admit(ctx: Context, count: Count): void {
  const { limit, used, resetSeconds } = count;
  announce(ctx, count);
  if (used > limit) throw new RateLimited(undefined, { limit, retryAfterSeconds: resetSeconds });
}

/**
 * Says how much is left (draft-ietf-httpapi-ratelimit-headers-07 section 5). Of several limits the one that was asked
 * last, which is the narrower one.
 */
export function announce({ res }: Pick<Context, 'res'>, { limit, used, resetSeconds }: Count): void {
  res.setHeader('RateLimit-Limit', limit);
  res.setHeader('RateLimit-Remaining', Math.max(0, limit - used));
  res.setHeader('RateLimit-Reset', resetSeconds);
}
