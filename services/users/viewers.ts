import { LRUCache } from 'lru-cache';
import type { Models } from '../../models/index.js';
import { rowShape, type RowShape } from '../../models/reader.js';
import type { Viewer } from '../viewer.js';

/** Finds who a session or token belongs to. Asked on every signed-in request. */
export interface Viewers {
  /** As of the last change that has been answered, in whichever process. */
  find(id: number): Promise<Viewer | undefined>;
}

/** The version that each change to an account changes. */
export const userKey = (id: number): string => `user:${id}`;

/** A viewer's columns: all but the password. */
export function viewerRows({ User }: Models): RowShape<Viewer> {
  return rowShape<Viewer>(User, { without: ['passwordHash'] });
}

/** For changes that are not made through here: by hand, say, in the database. */
const MAX_AGE_MS = 10_000;

/** Remembers the accounts that are asked for most, each for as long as its version stays the same. */
export function createViewers({ models }: { models: Models }): Viewers {
  const { select, revive } = viewerRows(models);
  const byId = `SELECT ${select} FROM users WHERE id = ?`;
  const remembered = new LRUCache<number, { version: number; viewer: Viewer }>({
    max: 10_000,
    ttl: MAX_AGE_MS,
  });

  return {
    async find(id) {
      const version = models.versionOf(userKey(id));
      const known = remembered.get(id);
      if (known && known.version === version) return known.viewer;

      const [row] = await models.read<object>(byId, id);
      const viewer = row && Object.freeze(revive(row)); // many requests share it
      // Whoever is given an id later changes no row: that nobody has it must not be remembered.
      if (viewer && version !== undefined) remembered.set(id, { version, viewer });
      return viewer;
    },
  };
}
