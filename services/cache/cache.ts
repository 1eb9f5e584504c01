import { BentoCache, bentostore } from 'bentocache';
import { redisDriver } from 'bentocache/drivers/redis';
import { LRUCache } from 'lru-cache';
import type { Models } from '../../models/index.js';
import type { OptionalRedis } from '../redis-availability.js';
import { createSharedSignal, type SharedSignal, type SignalSource } from './shared-signal.js';

/** Values that take work to make, cached for later reads. */
export interface Cache {
  /**
   * The value that was last made under this key, unless one of `tags` has been changed since: then it is made again. Of
   * many callers at once one makes it, and the others wait for that one. Throws what `make` throws.
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
  /** The versions that the value depends on: keys that writes change (invalidation.ts). */
  tags: readonly string[];
  /** Not shared through Redis: it costs little to make, or is no JSON. */
  local?: boolean;
}

export interface Remembered<Value> {
  value: Value;
  hit: boolean;
}

/** Entries in memory: about ten kilobytes each, */
const MAX_ENTRIES = 2_000;
/**
 * and the characters of all together. One may take up to four bytes: two in a Chinese text, and three in each response
 * that is made of it. Without this limit the posts of one person could take 400 MB.
 */
const MAX_CHARACTERS = 8_000_000;
const LIFETIME_MS = 60_000;

interface Versioned {
  version: string;
  value: object;
}
interface Pending {
  finding: Promise<Remembered<object>>;
  shared: SharedSignal;
}

interface CacheOptions {
  versionOf: Models['versionOf'];
  /** Shares what one worker has made with the others. */
  redis: OptionalRedis | undefined;
  /** In memory. */
  maxEntries?: number;
}

/**
 * In this process's memory, and behind it in Redis when there is one. The versions are part of the key, so that a
 * change makes every older entry unreachable in every worker at once; what is unreachable ages out. Redis being away
 * costs its share of the hits and nothing else.
 *
 * Redis has only what is made again after a change: most keys are read once, and a command to Redis costs a tenth of
 * what a page does.
 */
export function createCache({ versionOf, redis, maxEntries = MAX_ENTRIES }: CacheOptions): Cache {
  const entries = new LRUCache<string, Versioned>({
    max: maxEntries,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ value }, key) => key.length + charactersOf(value),
    ttl: LIFETIME_MS,
  });
  const pending = new Map<string, Pending>();
  const sharedStore = redis && sharedBy(redis);

  return {
    async remember<Value extends object>(entry: CacheEntry, make: Make<Value>, signal?: SignalSource) {
      const versions = entry.tags.map(versionOf);
      // A change is in progress: what is read now may be the old state or the new one.
      if (versions.includes(undefined)) return { value: await make(ownSignal(signal)), hit: false };
      const version = versions.join('.');
      const known = entries.get(entry.key);
      if (known?.version === version) return { value: known.value as Value, hit: true };
      const versioned = `${entry.key}@${version}`;
      const others = pending.get(versioned);
      if (others && !others.shared.signal.aborted) {
        others.shared.join(signal);
        return { value: (await others.finding).value as Value, hit: true };
      }
      const shared = createSharedSignal();
      shared.join(signal);
      const isShared = known !== undefined && !entry.local;
      const finding = isShared ? findShared(versioned, () => make(shared.signal)) : made(make(shared.signal));
      const mine = { finding, shared };
      pending.set(versioned, mine);
      try {
        const found = await finding;
        entries.set(entry.key, { version, value: found.value }, { ttl: jittered(LIFETIME_MS) });
        return found;
      } finally {
        if (pending.get(versioned) === mine) pending.delete(versioned);
      }
    },
  };

  async function findShared<Value extends object>(key: string, make: () => Promise<Value>): Promise<Remembered<Value>> {
    const found = await sharedStore?.get<Value>(key);
    if (found) return { value: found, hit: true };
    const value = await make();
    void sharedStore?.set(key, value);
    return { value, hit: false };
  }
}

async function made<Value>(making: Promise<Value>): Promise<Remembered<Value>> {
  return { value: await making, hit: false };
}

function ownSignal(source: SignalSource | undefined): AbortSignal {
  const { signal, join } = createSharedSignal();
  join(source);
  return signal;
}

/** What workers share through Redis. While Redis does not respond each worker makes its own, and waits for nothing. */
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

/** About as many as its JSON has, without the time that JSON takes. */
function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let sum = 2;
  for (const [name, part] of Object.entries(value)) sum += name.length + charactersOf(part);
  return sum;
}

/** Spread, so that what was made together does not expire together. */
function jittered(ms: number): number {
  return Math.round(ms * (0.8 + Math.random() * 0.4));
}
