import { LRUCache } from 'lru-cache';
import type { Models } from '../../models/index.js';
import { userKey } from '../cache/invalidation.js';
import type { Viewer } from '../viewer.js';

/** Finds the account of a session or token, on every signed-in request. */
export interface Viewers {
  /** As of the last change that has been answered, in whichever process. */
  find(id: number): Promise<Viewer | undefined>;
}

/** For changes that are not made through here: by hand, say, in the database. */
const MAX_AGE_MS = 10_000;

/** Caches the accounts that are asked for most, each for as long as its version stays the same. */
export function createViewers({ models }: { models: Models }): Viewers {
  const cached = new LRUCache<number, { version: number; viewer: Viewer }>({
    max: 10_000,
    ttl: MAX_AGE_MS,
  });

  return {
    async find(id) {
      const version = models.versionOf(userKey(id));
      const known = cached.get(id);
      if (known && known.version === version) return known.viewer;

      const row = await models.users.find(id);
      const viewer = row && Object.freeze(row); // many requests share it
      // A new account changes no version of its id: that there is none must not be cached.
      if (viewer && version !== undefined) cached.set(id, { version, viewer });
      return viewer;
    },
  };
}
