import { LRUCache } from 'lru-cache';
import type { SessionStore } from './session-store.js';

/** How long a session is believed without asking the store again, in milliseconds. */
const KEPT_MS = 1_000;
/** Less than a kilobyte each. */
const MAX_KEPT = 10_000;

/**
 * Asks the store once for the requests that a page makes at a time. What a session says of who signed in never changes
 * under one id, and whether that sign-in still stands is compared on every request: a session that has been ended
 * signs nobody in, kept or not. One that names no sign-in is asked for each time.
 *
 * @param isAway whether the store is known not to answer: then nobody is taken for signed in by what was kept.
 */
export function keepSessions(store: SessionStore, isAway: () => boolean): SessionStore {
  const kept = new LRUCache<string, Promise<object | null>>({ max: MAX_KEPT, ttl: KEPT_MS });

  return {
    ...store,

    async get(id) {
      const session = await ((!isAway() && kept.get(id)) || ask(id));
      return session && { ...session }; // a request may change its own
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

  function ask(id: string): Promise<object | null> {
    const asked = store.get(id);
    const forget = () => void (kept.peek(id) === asked && kept.delete(id));
    kept.set(id, asked);
    asked.then((session) => (session && 'signInId' in session) || forget(), forget);
    return asked;
  }
}
