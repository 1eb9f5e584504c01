import type { Redis } from 'ioredis';
import redisStore from 'koa-redis';
import { Unavailable } from '../errors.js';
import { SessionGone, TOMBSTONE_MS, type SessionStore } from './session-store.js';
import { storedSession } from './stored-session.js';

/** KEYS: session, tombstone. ARGV: JSON, lifetime in ms. Answers 0 when there is a tombstone, and then writes nothing. */
const SET_UNLESS_BURIED = `
  if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`;

/** KEYS: session, tombstone. ARGV: lifetime of the tombstone in ms. */
const BURY = `
  redis.call('SET', KEYS[2], '1', 'PX', ARGV[1])
  return redis.call('DEL', KEYS[1])`;

declare module 'ioredis' {
  interface RedisCommander {
    setUnlessBuried(session: string, tombstone: string, json: string, lifetimeMs: number): Promise<0 | 1>;
    bury(session: string, tombstone: string, lifetimeMs: number): Promise<number>;
  }
}

/** koa-redis reads; writing and destroying are single steps in Redis, so that a logout wins every race. */
export function createRedisSessionStore(client: Redis): SessionStore {
  const reader = redisStore({ client });
  client.defineCommand('setUnlessBuried', { numberOfKeys: 2, lua: SET_UNLESS_BURIED });
  client.defineCommand('bury', { numberOfKeys: 2, lua: BURY });
  const tombstone = (id: string) => `${id}:buried`;

  return {
    get: async (id) => storedSession(await answered(reader.get(id))),

    async set(id, session, lifetimeMs) {
      const written = await answered(
        client.setUnlessBuried(id, tombstone(id), JSON.stringify(session), Math.ceil(lifetimeMs)),
      );
      if (written === 0) throw new SessionGone();
    },

    async destroy(id) {
      await answered(client.bury(id, tombstone(id), TOMBSTONE_MS));
    },

    sweep: () => Promise.resolve(), // keys expire by themselves
  };
}

async function answered<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (cause) {
    throw new Unavailable('the session store does not answer', { cause, retryAfterSeconds: 1 });
  }
}
