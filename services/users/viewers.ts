import { randomBytes, randomUUID } from 'node:crypto';
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

/** What stands in place of the version while the row is being changed, followed by a mark for each change. */
const CHANGING = 'changing';
/** Longer than any change takes; after it a writer that died no longer keeps the row out of the caches. */
const CHANGE_MS = 30_000;
const VERSION_S = 86_400;

/** KEYS: version. ARGV: mark, lifetime in ms. */
const BEGIN_CHANGE = `
  local marks = string.match(redis.call('GET', KEYS[1]) or '', '^${CHANGING}(.*)') or ''
  return redis.call('SET', KEYS[1], '${CHANGING}' .. marks .. ' ' .. ARGV[1], 'PX', ARGV[2])`;

/** KEYS: version. ARGV: mark, next version, its lifetime in seconds. The last change to end sets the version. */
const END_CHANGE = `
  local rest = string.gsub(redis.call('GET', KEYS[1]) or '', ' ' .. ARGV[1], '')
  if string.find(rest, '^${CHANGING} ') then return redis.call('SET', KEYS[1], rest, 'KEEPTTL') end
  return redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])`;

declare module 'ioredis' {
  interface RedisCommander {
    beginChange(version: string, mark: string, lifetimeMs: number): Promise<'OK'>;
    endChange(version: string, mark: string, next: string, lifetimeS: number): Promise<'OK'>;
  }
}

/**
 * Remembers rows in this process for as long as the row's version in Redis stays the same. A reader compares versions
 * first, so nobody is shown a state older than a change that has been answered, in whichever worker.
 *
 * A writer takes the version away before it changes the row; the last of those at work sets a new one. If one dies in
 * between, rows are read from the database until its mark expires: slower, never wrong.
 */
export function createCachedViewers({ redis, direct }: { redis: Redis; direct: Viewers }): Viewers {
  const remembered = new LRUCache<number, { version: string; viewer: Viewer }>({ max: 10_000 });
  const keyOf = (id: number) => `allium:user-version:${id}`;
  redis.defineCommand('beginChange', { numberOfKeys: 1, lua: BEGIN_CHANGE });
  redis.defineCommand('endChange', { numberOfKeys: 1, lua: END_CHANGE });

  return {
    async find(id) {
      const version = await reachable(redis.get(keyOf(id)));
      if (version === null) return findFirst(id);
      if (version.startsWith(CHANGING)) return direct.find(id);

      const known = remembered.get(id);
      if (known?.version === version) return known.viewer;
      const viewer = await direct.find(id);
      // Whoever is given an id later changes no row: that nobody has it must not be remembered.
      if (viewer) remembered.set(id, { version, viewer });
      return viewer;
    },

    async changing(id, change) {
      const mark = randomBytes(8).toString('hex');
      await reachable(redis.beginChange(keyOf(id), mark, CHANGE_MS));
      try {
        return await change();
      } finally {
        await redis.endChange(keyOf(id), mark, randomUUID(), VERSION_S).catch(() => {}); // the mark expires by itself
      }
    },
  };

  /** Sets a version for the next time; but not for ids that nobody has, or strangers could fill Redis with them. */
  async function findFirst(id: number): Promise<Viewer | undefined> {
    const viewer = await direct.find(id);
    if (viewer) await reachable(redis.set(keyOf(id), randomUUID(), 'EX', VERSION_S, 'NX'));
    return viewer;
  }
}

async function reachable<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (cause) {
    throw new Unavailable('Redis does not answer', { cause, retryAfterSeconds: 1 });
  }
}
