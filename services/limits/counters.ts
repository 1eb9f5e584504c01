import { RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import type { OptionalRedis, RedisAvailability } from '../redis-availability.js';
import { createBoundedMemory, type Limiter } from './bounded-memory.js';

/** How often something may happen for one key within a window that begins with the first time. */
export interface Limit {
  points: number;
  windowSeconds: number;
}

/** What a key has used up, and when that is forgotten. */
export interface Count {
  limit: number;
  used: number;
  /** Until the window ends. */
  resetSeconds: number;
}

/** Counts per key. Never fails: without Redis, or while it is away, it counts in this process's memory. */
export interface Counter {
  readonly limit: Limit;
  /** Counts more, also beyond the limit. @param amount default: 1 */
  add(key: string, amount?: number): Promise<Count>;
  read(key: string): Promise<Count>;
  /** Takes back what `add` has counted. */
  takeBack(key: string): Promise<void>;
  clear(key: string): Promise<void>;
}

export type Counters = ReturnType<typeof createCounters>;

/** Of each counter: a client with very many addresses evicts counts of addresses and no others. */
const MAX_KEYS = 20_000;

/** Makes counters. With Redis all processes share what they count, so that more workers are not more guesses. */
export function createCounters({ redis }: { redis: OptionalRedis | undefined }) {
  return {
    /** Counts in Redis when there is one. */
    shared: (name: string, limit: Limit): Counter => {
      const memory = createBoundedMemory(MAX_KEYS).limiter(libraryTerms(name, limit));
      if (!redis) return counter(limit, (work) => work(memory));
      const inRedis = new RateLimiterRedis({ storeClient: redis.client, ...libraryTerms(name, limit) });
      return counter(limit, insured(inRedis, memory, redis.availability));
    },

    /** Counts in this process alone, for what is asked on every request: a round trip would cost more than it prevents. */
    local: (name: string, limit: Limit): Counter => {
      const memory = createBoundedMemory(MAX_KEYS).limiter(libraryTerms(name, limit));
      return counter(limit, (work) => work(memory));
    },
  };
}

type Ask = <Result>(work: (limiter: Limiter) => Promise<Result>) => Promise<Result>;

function counter(limit: Limit, ask: Ask): Counter {
  const counted = (res: RateLimiterRes | null): Count => ({
    limit: limit.points,
    used: res?.consumedPoints ?? 0,
    resetSeconds: res ? Math.max(1, Math.ceil(res.msBeforeNext / 1_000)) : limit.windowSeconds,
  });
  return {
    limit,
    add: async (key, amount = 1) => counted(await ask((limiter) => limiter.penalty(key, amount))),
    read: async (key) => counted(await ask((limiter) => limiter.get(key))),
    takeBack: async (key) => void (await ask((limiter) => limiter.reward(key))),
    clear: async (key) => void (await ask((limiter) => limiter.delete(key))),
  };
}

/** The library's own insurance asks Redis first each time, and waits for its timeout each time. */
function insured(inRedis: Limiter, memory: Limiter, availability: RedisAvailability): Ask {
  return async function ask(work) {
    if (!availability.isAvailable()) return work(memory);
    try {
      return await work(inRedis);
    } catch {
      availability.reportFailure();
      return work(memory);
    }
  };
}

function libraryTerms(name: string, { points, windowSeconds }: Limit) {
  return { keyPrefix: `allium:limit:${name}`, points, duration: windowSeconds };
}
