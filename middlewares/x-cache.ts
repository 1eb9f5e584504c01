import type { EndpointContext } from './endpoint.js';

/** Says in `X-Cache`, for developers, whether an answer had been kept. Not in production: it tells who was here before. */
export function tellCache<Found extends { hit: boolean }>(ctx: EndpointContext, found: Found): Found {
  if (ctx.app.env !== 'production') ctx.set('X-Cache', found.hit ? 'hit' : 'miss');
  return found;
}
