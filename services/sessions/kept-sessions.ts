import { LRUCache } from 'lru-cache';
import type { SessionStore } from './session-store.js';

/** How long a session is believed without asking the store again, in milliseconds: as long as a page takes to ask for its parts. */
const KEPT_MS = 250;
/** Less than a kilobyte each. */
const MAX_KEPT = 10_000;

export interface KeptSessions extends SessionStore {
  /** What the store has said a moment ago; nobody may change it. */
  recent(id: string): object | undefined;
}

/**
 * Remembers what the store says, for requests that change nothing: most of those that a page makes at a time. What a
 * session says of who signed in never changes under one id, and whether that sign-in still stands is compared on every
 * request: a session that has been ended signs nobody in, kept or not. One that names no sign-in is not kept.
 *
 * @param isAway whether the store is known not to answer: then nobody is taken for signed in by what was kept.
 */
export function keepSessions(store: SessionStore, isAway: () => boolean): KeptSessions {
  const kept = new LRUCache<string, object>({ max: MAX_KEPT, ttl: KEPT_MS });

  return {
    ...store,
    recent: (id) => (isAway() ? undefined : kept.get(id)),

    async get(id) {
      const session = await store.get(id);
      if (session && 'signInId' in session) kept.set(id, Object.freeze({ ...session }));
      return session;
    },

    async set(id, session, lifetimeMs) {
      kept.delete(id);
      await store.set(id, session, lifetimeMs);
    },

    async destroy(id) {
      kept.delete(id);
      await store.destroy(id);
    },
  };
}
