import { BentoCache, bentostore } from 'bentocache';
import { redisDriver } from 'bentocache/drivers/redis';
import { LRUCache } from 'lru-cache';
import type { Models } from '../../models/index.js';
import type { OptionalRedis } from '../redis-availability.js';
import { createSharedSignal, type SharedSignal, type SignalSource } from './shared-signal.js';

/** Answers that took work, kept for the next who asks. */
export interface Cache {
  /**
   * What `make` answered when last asked under this key, unless one of `tags` has been changed since: then it is asked
   * again. Of many who ask at once one waits for `make`, and the others for that one. Throws what `make` throws.
   *
   * @param make receives a signal that aborts when all who wait for it have aborted.
   * @param signal of the caller.
   */
  remember<Value extends object>(
    entry: CacheEntry,
    make: Make<Value>,
    signal?: SignalSource,
  ): Promise<Remembered<Value>>;
}

type Make<Value> = (signal: AbortSignal) => Promise<Value>;

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

interface AtHand {
  version: string;
  value: object;
  /** Whether it has been put into Redis. */
  shared: boolean;
}

interface Parts {
  versionOf: Models['versionOf'];
  /** Shares what one worker has made with the others. */
  redis: OptionalRedis | undefined;
}

/**
 * In this process's memory, and behind it in Redis when there is one. The versions are part of the key, so that a
 * change makes every older entry unreachable in every worker at once; what is unreachable ages out. Redis being away
 * costs its share of the hits and nothing else.
 *
 * Redis is told and asked only of what has been asked for before: most of what is asked for once never is again, and a
 * question to Redis costs a tenth of what a page does.
 */
export function createCache({ versionOf, redis }: Parts): Cache {
  const atHand = new LRUCache<string, AtHand>({ max: MAX_ENTRIES, ttl: LIFETIME_MS });
  const underWay = new Map<string, { finding: Promise<Remembered<object>>; shared: SharedSignal }>();
  const sharedStore = redis && sharedBy(redis);

  return {
    async remember<Value extends object>({ key, tags }: CacheEntry, make: Make<Value>, signal?: SignalSource) {
      const versions = tags.map(versionOf);
      // Being changed this moment: what is read now may be the old state or the new one.
      if (versions.includes(undefined)) return { value: await make(ownSignal(signal)), hit: false };
      const version = versions.join('.');
      const versioned = `${key}@${version}`;
      const known = atHand.get(key);
      if (known?.version === version) {
        if (!known.shared) share(versioned, known);
        return { value: known.value as Value, hit: true };
      }
      const others = underWay.get(versioned);
      if (others && !others.shared.signal.aborted) {
        others.shared.join(signal);
        return { value: (await others.finding).value as Value, hit: true };
      }
      const shared = createSharedSignal();
      shared.join(signal);
      const finding = find(known && versioned, () => make(shared.signal));
      const pending = { finding, shared };
      underWay.set(versioned, pending);
      try {
        const { value, hit } = await finding;
        atHand.set(key, { version, value, shared: hit }, { ttl: jittered(LIFETIME_MS) });
        return { value, hit };
      } finally {
        if (underWay.get(versioned) === pending) underWay.delete(versioned);
      }
    },
  };

  /** @param key of what has been asked for before. */
  async function find<Value extends object>(
    key: string | undefined,
    make: () => Promise<Value>,
  ): Promise<Remembered<Value>> {
    const found = key === undefined ? undefined : await sharedStore?.get<Value>(key);
    return found ? { value: found, hit: true } : { value: await make(), hit: false };
  }

  function share(key: string, entry: AtHand): void {
    entry.shared = true;
    void sharedStore?.set(key, entry.value);
  }
}

function ownSignal(source: SignalSource | undefined): AbortSignal {
  const { signal, join } = createSharedSignal();
  join(source);
  return signal;
}

/** What workers share through Redis. While that does not answer each worker makes its own, and waits for nothing. */
function sharedBy({ client, availability }: OptionalRedis) {
  const entries = new BentoCache({
    default: 'shared',
    stores: { shared: bentostore().useL2Layer(redisDriver({ connection: client, prefix: 'allium:cache' })) },
  });
  const unlessUnavailable = async <Result>(command: () => Promise<Result>): Promise<Result | undefined> => {
    if (!availability.isAvailable()) return undefined;
    try {
      return await command();
    } catch {
      availability.reportFailure();
      return undefined;
    }
  };
  return {
    get: <Value>(key: string) => unlessUnavailable(() => entries.get<Value>({ key })),
    set: (key: string, value: object) =>
      unlessUnavailable(() => entries.set({ key, value, ttl: jittered(LIFETIME_MS) })),
  };
}

/** Spread, so that what was made together does not have to be made again together. */
function jittered(ms: number): number {
  return Math.round(ms * (0.8 + Math.random() * 0.4));
}
