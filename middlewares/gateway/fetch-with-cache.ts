import { Unavailable, UpstreamFailed, UpstreamTimeout } from '../../services/errors.js';
import {
  ClientDisconnected,
  type CachedResponse,
  type CacheKey,
  type ProxyExchange,
  type ResponseCache,
  type Upstream,
} from '../../services/upstreams/index.js';
import { hasBody } from '../body-parser.js';
import { viewerOf } from '../http/auth.js';
import { setCacheStatus } from '../http/cache-status.js';
import type { Context } from '../state.js';
import { setHeaders } from './response-headers.js';

/** Where the response to a request is cached. */
export interface CacheSlot {
  cache: ResponseCache;
  key: CacheKey;
}

/** Returns where the response is cached; undefined for a request whose response is not. */
export function cacheSlotFor(
  ctx: Context,
  { cache, definition }: Upstream,
  path: string,
  headers: readonly string[],
): CacheSlot | undefined {
  if (!cache || ctx.method !== 'GET' || ctx.req.headers.range !== undefined) return undefined;
  if (hasBody(ctx)) return undefined; // the response may depend on it
  const userId = definition.token.startsWith('user') ? viewerOf(ctx.state.auth)?.id : undefined;
  return { cache, key: { path, headers, userId, epoch: cache.epoch } };
}

/**
 * Sends a fresh cached response, or else fetches one; sends a stale one if the upstream cannot answer and its declaration
 * allows that.
 *
 * @returns undefined when a cached response was sent.
 */
export async function fetchWithCache(
  ctx: Context,
  { definition }: Upstream,
  slot: CacheSlot | undefined,
  fetch: () => Promise<ProxyExchange | undefined>,
): Promise<ProxyExchange | undefined> {
  let cached = slot?.cache.find(slot.key);
  if (!slot || !cached) return fetch();
  const send = (response: CachedResponse, status: 'hit' | 'stale') => {
    setHeaders(ctx.res, response.headers, definition);
    sendCached(ctx, response, status);
    return undefined;
  };
  if (performance.now() < cached.freshUntil) return send(cached, 'hit');
  try {
    const exchange = await fetch();
    if (!exchange || exchange.status < 500) return exchange;
    cached = slot.cache.find(slot.key); // a write may have invalidated it meanwhile
    if (!cached) return exchange;
    exchange.abort(new ClientDisconnected('a stale response is sent instead'));
  } catch (error) {
    cached = slot.cache.find(slot.key);
    if (!cached || !isUpstreamFailure(error)) throw error;
  }
  return send(cached, 'stale');
}

const isUpstreamFailure = (error: unknown) =>
  error instanceof UpstreamFailed || error instanceof UpstreamTimeout || error instanceof Unavailable;

function sendCached(ctx: Context, { body, madeAt }: CachedResponse, status: 'hit' | 'stale'): void {
  (ctx as { compress?: boolean }).compress = false; // in the upstream's encoding, like all proxied responses
  setCacheStatus(ctx, status);
  ctx.set('Age', String(Math.floor((performance.now() - madeAt) / 1000)));
  ctx.status = 200;
  ctx.body = body;
  if (ctx.fresh) ctx.status = 304;
}
