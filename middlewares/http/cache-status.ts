import type { Context } from '../state.js';

/** Sets `X-Cache`, for developers. Not in production: it shows what others have requested before. */
export function setCacheStatus(ctx: Pick<Context, 'app' | 'set'>, status: 'hit' | 'miss' | 'stale'): void {
  if (ctx.app.env !== 'production') ctx.set('X-Cache', status);
}

/** Sets `X-Cache` for a lookup, and returns the lookup. */
export function withCacheStatus<Found extends { hit: boolean }>(
  ctx: Pick<Context, 'app' | 'set'>,
  found: Found,
): Found {
  setCacheStatus(ctx, found.hit ? 'hit' : 'miss');
  return found;
}
