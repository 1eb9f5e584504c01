import type { Redis } from 'ioredis';

/** Knows whether Redis answers, so that no request has to find out by waiting for it. One for all that can do without it. */
export interface RedisAvailability {
  isAvailable(): boolean;
  /** A command has failed. Redis counts as unavailable from now on, until it answers again. */
  reportFailure(): void;
}

const PROBE_MS = 1_000;

/** A Redis that hangs costs the commands in flight their timeout, and none of those after them. */
export function createRedisAvailability(redis: Pick<Redis, 'status' | 'ping'>): RedisAvailability {
  let failed = false;

  return {
    isAvailable: () => !failed && redis.status === 'ready',
    reportFailure() {
      if (failed) return;
      failed = true;
      probeLater();
    },
  };

  function probeLater(): void {
    setTimeout(() => {
      if (redis.status === 'end') return; // closed by ourselves
      redis.ping().then(() => (failed = false), probeLater);
    }, PROBE_MS).unref();
  }
}

/** Redis for what only gets slower without it, and whether it answers. */
export interface OptionalRedis {
  client: Redis;
  availability: RedisAvailability;
}
