import { BentoCache, bentostore } from 'bentocache';
import { MemoryDriver, memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
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

/** Entries in memory: about twenty kilobytes each, with the answers made of them. */
const MAX_ENTRIES = 1_000;
const LIFETIME_MS = 60_000;
/** For so long Redis is not asked after it has failed: while it hangs, each question would take half a second. */
const REDIS_PAUSE_MS = 2_000;

interface AtHand {
  version: string;
  value: object;
  /** Whether it has been put into Redis. */
  shared: boolean;
}

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
  const driver = memoryDriver({ maxItems: MAX_ENTRIES, serialize: false });
  const memory = bentostore().useL1Layer({ ...driver, factory: (options: object) => new ObjectMemory(options) });
  const store = redis ? memory.useL2Layer(redisDriver({ connection: redis, prefix: 'allium:cache' })) : memory;
  const kept = new BentoCache({
    default: 'kept',
    stores: { kept: store },
    suppressL2Errors: true,
    l2CircuitBreakerDuration: REDIS_PAUSE_MS,
  });

  // In front of bentocache, which takes 30 microseconds to hand out what it has.
  const atHand = new LRUCache<string, AtHand>({ max: MAX_ENTRIES, ttl: LIFETIME_MS });
  const underWay = new Map<string, Promise<Remembered<object>>>();

  return {
    async remember<Value extends object>({ key, tags }: CacheEntry, make: () => Promise<Value>) {
      const versions = tags.map(versionOf);
      // Being changed this moment: what is read now may be the old state or the new one.
      if (versions.includes(undefined)) return { value: await make(), hit: false };
      const version = versions.join('.');
      const known = atHand.get(key);
      if (known?.version === version) {
        if (!known.shared) share(key, known);
        return { value: known.value as Value, hit: true };
      }
      const versioned = `${key}@${version}`;
      const others = underWay.get(versioned) as Promise<Remembered<Value>> | undefined;
      if (others) return { value: (await others).value, hit: true };
      const finding = find(versioned, make);
      underWay.set(versioned, finding);
      try {
        const found = await finding;
        const shared = found.hit || !redis;
        atHand.set(key, { version, value: found.value, shared }, { ttl: jittered(LIFETIME_MS) });
        return found;
      } finally {
        underWay.delete(versioned);
      }
    },
  };

  /** What nobody has kept is not put into bentocache either: most of it is never asked for again. */
  async function find<Value extends object>(key: string, make: () => Promise<Value>): Promise<Remembered<Value>> {
    const found = await kept.get<Value>({ key });
    return found ? { value: found, hit: true } : { value: await make(), hit: false };
  }

  /** What is asked for a second time is worth the while of the other workers, and of writing it to Redis. */
  function share(key: string, entry: AtHand): void {
    entry.shared = true;
    // While Redis is away there is nobody to tell: each worker makes its own.
    kept.set({ key: `${key}@${entry.version}`, value: entry.value, ttl: jittered(LIFETIME_MS) }).catch(() => {});
  }
}

/**
 * Keeps objects. What bentocache 1.6 finds in Redis it hands on to the memory as text, which it cannot read there again
 * (https://github.com/Julien-R44/bentocache/issues/111).
 */
class ObjectMemory extends MemoryDriver {
  override set(key: string, entry: string, lifetimeMs?: number): boolean {
    // Entries made here are objects already, whatever the type says.
    return super.set(key, typeof entry === 'string' ? (JSON.parse(entry) as string) : entry, lifetimeMs);
  }
}

/** Spread, so that what was made together does not have to be made again together. */
function jittered(ms: number): number {
  return Math.round(ms * (0.8 + Math.random() * 0.4));
}
