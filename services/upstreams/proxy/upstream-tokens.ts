import { LRUCache } from 'lru-cache';
import type { AccessTokens } from '../../accounts/access-tokens.js';

const LIFETIME_MS = 5 * 60_000;
/** A token is replaced this long before it expires: an upstream's clock may be ahead, or its check late. */
const MARGIN_MS = 30_000;
/** Each about 500 bytes. */
const MAX_CACHED = 20_000;

/** How the caller signed in, as far as tokens depend on it. */
export interface CallerSignIn {
  userId: number;
  /** Unique for each sign-in. */
  id: string;
  /** When it ends, in milliseconds since 1970: no token of it may live longer. */
  endsAt: number;
}

/**
 * Access tokens that upstreams receive in place of the session, and browsers never. Each is issued for one sign-in and
 * one upstream, and cached until shortly before it expires.
 */
export function createUpstreamTokens({ issueFor }: Pick<AccessTokens, 'issueFor'>) {
  const cache = new LRUCache<string, string>({ max: MAX_CACHED });

  return {
    /** Returns a token of the caller. */
    forCaller(audience: string, { userId, id, endsAt }: CallerSignIn): string {
      return cached(`${audience} ${userId} ${id}`, String(userId), audience, endsAt);
    },
    /** Returns a token of Allium itself. */
    forService: (audience: string): string => cached(audience, 'allium', audience, Number.POSITIVE_INFINITY),
  };

  function cached(key: string, subject: string, audience: string, endsAt: number): string {
    const found = cache.get(key);
    if (found !== undefined) return found;
    const lifetimeMs = Math.min(LIFETIME_MS, endsAt - Date.now());
    const token = issueFor({ audience, subject, lifetimeS: Math.max(0, Math.floor(lifetimeMs / 1000)) });
    const ttl = lifetimeMs - MARGIN_MS;
    if (ttl > 0) cache.set(key, token, { ttl });
    return token;
  }
}
