import type { Redis } from 'ioredis';

/** Knows whether Redis is away, so that no request has to find out by waiting for it. */
export interface Outage {
  away(): boolean;
  /** A command has failed. Redis counts as away from now on, until it answers again. */
  noticed(): void;
}

const PROBE_MS = 1_000;

/** A Redis that hangs costs the commands under way their timeout, and from then on nobody anything. */
export function createOutage(redis: Pick<Redis, 'status' | 'ping'>): Outage {
  let lost = false;

  return {
    away: () => lost || redis.status !== 'ready',
    noticed() {
      if (lost) return;
      lost = true;
      probeLater();
    },
  };

  function probeLater(): void {
    setTimeout(() => {
      if (redis.status === 'end') return; // closed by ourselves
      redis.ping().then(() => (lost = false), probeLater);
    }, PROBE_MS).unref();
  }
}
