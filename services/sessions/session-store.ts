import type { Redis } from 'ioredis';
import type { Models } from '../../models/index.js';
import { createSessionCache, type SessionCache } from './session-cache.js';
import { createRedisSessionStore } from './redis-session-store.js';
import { createSqlSessionStore } from './sql-session-store.js';

/**
 * Where sessions live: in Redis when there is one, else in the database.
 *
 * A destroyed session leaves a tombstone that outlives every request that was in flight with it. Such a request would
 * otherwise write the session again after the logout that ended it.
 */
export interface SessionStore {
  /** @throws Unavailable */
  get(id: string): Promise<object | null>;
  /** @throws SessionGone when the session has been destroyed meanwhile. @throws Unavailable */
  set(id: string, session: object, lifetimeMs: number): Promise<void>;
  /** @throws Unavailable */
  destroy(id: string): Promise<void>;
  /** Removes what has expired, as far as the store does not do so by itself. */
  sweep(): Promise<void>;
}

/** The session was destroyed while the request was in flight; nothing was written. */
export class SessionGone extends Error {
  override readonly name = 'SessionGone';
}

/** Longer than the server lets any request take. */
export const TOMBSTONE_MS = 15 * 60_000;

export function createSessionStore({ redis, models }: { redis: Redis | undefined; models: Models }): SessionCache {
  const store = redis ? createRedisSessionStore(redis) : createSqlSessionStore(models);
  return createSessionCache(store, () => redis !== undefined && redis.status !== 'ready');
}
