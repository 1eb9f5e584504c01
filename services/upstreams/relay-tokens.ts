import { LRUCache } from 'lru-cache';
import type { AccessTokens } from '../accounts/access-tokens.js';

const LIFETIME_MS = 5 * 60_000;
/** An upstream whose clock is ahead, or that is slow to look, must not find a token expired. */
const SPARE_MS = 30_000;
/** Each about 500 bytes. */
const MAX_KEPT = 20_000;

/** How the viewer signed in, as far as tokens depend on it. */
export interface SignIn {
  userId: number;
  /** Another one for every sign-in. */
  id: string;
  /** Milliseconds since 1970 at which it ends: no token of it may live longer. */
  endsAt: number;
}

export type RelayTokens = ReturnType<typeof createRelayTokens>;

/**
 * Tokens that go to upstreams in place of the session, and never to a browser. Each is made once and kept until shortly
 * before it expires, for one sign-in and one upstream.
 */
export function createRelayTokens({ issueFor }: Pick<AccessTokens, 'issueFor'>) {
  const kept = new LRUCache<string, string>({ max: MAX_KEPT });

  return {
    /** For whoever is signed in. */
    forViewer(audience: string, { userId, id, endsAt }: SignIn): string {
      return remembered(`${audience} ${userId} ${id}`, String(userId), audience, endsAt);
    },
    /** For ourselves. */
    forService: (audience: string): string => remembered(audience, 'allium', audience, Number.POSITIVE_INFINITY),
  };

  function remembered(key: string, subject: string, audience: string, endsAt: number): string {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const lifetimeMs = Math.min(LIFETIME_MS, endsAt - Date.now());
    const token = issueFor({ audience, subject, lifetimeS: Math.max(0, Math.floor(lifetimeMs / 1000)) });
    const keptMs = lifetimeMs - SPARE_MS;
    if (keptMs > 0) kept.set(key, token, { ttl: keptMs });
    return token;
  }
}
