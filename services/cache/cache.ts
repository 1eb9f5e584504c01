import { BentoCache, bentostore, errors } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import type { Redis } from 'ioredis';
import type { Models } from '../../models/index.js';

/** Answers that took work, kept for the next who asks. */
export interface Cache {
  /**
   * What `make` answered when last asked under this key, unless one of `tags` has been changed since: then it is asked
   * again. Of many who ask at once one waits for `make`, and the others for that one. Throws what `make` throws.
   */
  remember<Value extends object>(entry: CacheEntry, make: () => Promise<Value>): Promise<Remembered<Value>>;
}

export interface CacheEntry {
  key: string;
  /** The versions it stands on: keys that writes name as changed (models/versions.ts). */
  tags: readonly string[];
}

export interface Remembered<Value> {
  value: Value;
  hit: boolean;
}

/** Entries in memory: about ten kilobytes each. */
const MAX_ENTRIES = 1_000;
const LIFETIME_MS = 60_000;

interface Parts {
  versionOf: Models['versionOf'];
  /** Shares what one worker has made with the others. */
  redis: Redis | undefined;
}

/**
 * In this process's memory, and behind it in Redis when there is one. The versions are part of the key, so that a
 * change makes every older entry unreachable in every worker at once; what is unreachable ages out. Redis being away
 * costs its share of the hits and nothing else.
 */
export function createCache({ versionOf, redis }: Parts): Cache {
  const memory = bentostore().useL1Layer(memoryDriver({ maxItems: MAX_ENTRIES, serialize: false }));
  const store = redis ? memory.useL2Layer(redisDriver({ connection: redis, prefix: 'allium:cache' })) : memory;
  const kept = new BentoCache({ default: 'kept', stores: { kept: store }, suppressL2Errors: true });

  return {
    async remember<Value extends object>({ key, tags }: CacheEntry, make: () => Promise<Value>) {
      const versions = tags.map(versionOf);
      // Being changed this moment: what is read now may be the old state or the new one.
      if (versions.includes(undefined)) return { value: await make(), hit: false };
      let hit = true;
      try {
        const value = await kept.getOrSet<Value>({
          key: `${key}@${versions.join('.')}`,
          ttl: jittered(LIFETIME_MS),
          factory: () => {
            hit = false;
            return make();
          },
        });
        return { value, hit };
      } catch (error) {
        throw error instanceof errors.E_FACTORY_ERROR ? error.cause : error;
      }
    },
  };
}

/** Spread, so that what was made together does not have to be made again together. */
function jittered(ms: number): number {
  return Math.round(ms * (0.8 + Math.random() * 0.4));
}
