import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { Models } from '../../models/index.js';
import { rowShape, type RowShape } from '../../models/reader.js';
import { Unavailable } from '../errors.js';
import type { Viewer } from '../viewer.js';

/** Finds who a session or token belongs to. Asked on every signed-in request. */
export interface Viewers {
  /** @throws Unavailable when what it reads from is away. */
  find(id: number): Promise<Viewer | undefined>;
  /** Runs a change to this user. As soon as it resolves, `find` answers the new state in every worker. */
  changing<Result>(id: number, change: () => Promise<Result>): Promise<Result>;
}

/** One process or many: the row is read every time. */
export function createViewers({ models }: { models: Models }): Viewers {
  const { select, revive } = viewerRows(models);
  const byId = `SELECT ${select} FROM users WHERE id = ?`;
  return {
    async find(id) {
      const [row] = await models.read<object>(byId, id);
      return row && revive(row);
    },
    changing: (_id, change) => change(),
  };
}

/** A viewer's columns: all but the password. */
export function viewerRows({ User }: Models): RowShape<Viewer> {
  return rowShape<Viewer>(User, { without: ['passwordHash'] });
}

const CHANGING = 'changing';
/** Longer than any change takes; after it a writer that died no longer keeps the row out of the caches. */
const CHANGE_MS = 30_000;
const VERSION_S = 86_400;

/**
 * Remembers rows in this process for as long as the row's version in Redis stays the same. A reader compares versions
 * first, so nobody is shown a state older than a change that has been answered, in whichever worker.
 *
 * A writer takes the version away before it changes the row and sets a new one after it. If it dies in between, rows
 * are read from the database until the mark expires: slower, never wrong.
 */
export function createCachedViewers({ redis, direct }: { redis: Redis; direct: Viewers }): Viewers {
  const remembered = new LRUCache<number, { version: string; viewer: Viewer | undefined }>({ max: 10_000 });
  const keyOf = (id: number) => `allium:user-version:${id}`;

  return {
    async find(id) {
      const version = (await versionOf(id)) ?? (await firstVersion(id));
      if (version === CHANGING) return direct.find(id);

      const known = remembered.get(id);
      if (known?.version === version) return known.viewer;
      const viewer = await direct.find(id);
      remembered.set(id, { version, viewer });
      return viewer;
    },

    async changing(id, change) {
      await reachable(redis.set(keyOf(id), CHANGING, 'PX', CHANGE_MS));
      try {
        return await change();
      } finally {
        await redis.set(keyOf(id), randomUUID(), 'EX', VERSION_S).catch(() => {}); // the mark then expires by itself
      }
    },
  };

  function versionOf(id: number): Promise<string | null> {
    return reachable(redis.get(keyOf(id)));
  }

  async function firstVersion(id: number): Promise<string> {
    await reachable(redis.set(keyOf(id), randomUUID(), 'EX', VERSION_S, 'NX'));
    return (await versionOf(id)) ?? CHANGING;
  }
}

async function reachable<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (cause) {
    throw new Unavailable('Redis does not answer', { cause, retryAfterSeconds: 1 });
  }
}
