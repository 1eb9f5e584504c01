import { LRUCache } from 'lru-cache';
import type { SessionStore } from './session-store.js';

/** How long a session is used without asking the store again, in milliseconds: as long as a page loads its parts. */
const LIFETIME_MS = 250;
/** Less than a kilobyte each. */
const MAX_ENTRIES = 10_000;

export interface SessionCache extends SessionStore {
  /** What the store returned at most 250 ms ago, frozen. */
  cached(id: string): object | undefined;
}

/**
 * Caches sessions for requests that change nothing: most of those that a page makes at a time. Under one id a session
 * never names another sign-in, and whether that sign-in is valid is checked on every request: an ended session signs no
 * one in, cached or not. A session without a sign-in is not cached. `set` and `destroy` drop the entry.
 *
 * @param isAway whether the store is known not to answer: cached sessions are not used then.
 */
export function createSessionCache(store: SessionStore, isAway: () => boolean): SessionCache {
  const entries = new LRUCache<string, object>({ max: MAX_ENTRIES, ttl: LIFETIME_MS });

  return {
    ...store,
    cached: (id) => (isAway() ? undefined : entries.get(id)),

    async get(id) {
      const session = await store.get(id);
      if (session && 'signInId' in session) entries.set(id, Object.freeze({ ...session }));
      return session;
    },

    async set(id, session, lifetimeMs) {
      entries.delete(id);
      await store.set(id, session, lifetimeMs);
    },

    async destroy(id) {
      entries.delete(id);
      await store.destroy(id);
    },
  };
}
