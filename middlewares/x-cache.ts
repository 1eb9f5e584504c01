import type { Context } from './state.js';

/** Says in `X-Cache`, for developers, whether an answer had been kept. Not in production: it tells who was here before. */
export function tellCache<Found extends { hit: boolean }>(ctx: Pick<Context, 'app' | 'set'>, found: Found): Found {
  tellKept(ctx, found.hit ? 'hit' : 'miss');
  return found;
}

/** The same of an answer whose story is longer: `stale` stands in for one that could not be had. */
export function tellKept(ctx: Pick<Context, 'app' | 'set'>, how: 'hit' | 'miss' | 'stale'): void {
  if (ctx.app.env !== 'production') ctx.set('X-Cache', how);
}
