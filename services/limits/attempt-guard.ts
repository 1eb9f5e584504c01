import { RateLimited } from '../errors.js';
import type { Count, Counter, Counters, Limit } from './counters.js';

/** What one attempt is counted under; what is left out is not counted. */
export interface AttemptKeys {
  /** One account from one place: a network, or a device that the account is known on. */
  place?: string | undefined;
  address?: string | undefined;
  account?: string | undefined;
}

export interface AttemptGuard {
  /** @throws RateLimited before anything has been done, when too much has been tried already. */
  admit(keys: AttemptKeys): Promise<Attempt>;
}

/**
 * An attempt that may be made. It is counted when its turn comes, and not before: where guesses are checked one after
 * the other, thousands that arrive at once are no more than the limit allows, and no right guess delays
 * another.
 */
export interface Attempt {
  /** Counts it. @throws RateLimited */
  take(): Promise<void>;
  /** Counts it unless it is right, or cannot be checked. @throws RateLimited, and what `isRight` throws. */
  guess(isRight: () => Promise<boolean>): Promise<boolean>;
}

/** The narrowest first: what it refuses never counts against those who share the wider ones. */
const ORDER = ['place', 'address', 'account'] as const;

/** @param name of what is tried; counts of different names have nothing to do with each other. */
export function createAttemptGuard(
  counters: Counters,
  name: string,
  limits: Partial<Record<keyof AttemptKeys, Limit>>,
): AttemptGuard {
  const kinds = ORDER.flatMap((kind) => {
    const limit = limits[kind];
    return limit ? [{ kind, counter: counters.shared(`${name}:${kind}`, limit) }] : [];
  });

  return {
    async admit(keys) {
      const buckets = kinds.flatMap(({ kind, counter }) => {
        const key = keys[kind];
        return key === undefined ? [] : [{ kind, counter, key }];
      });
      const counts = await Promise.all(buckets.map(({ counter, key }) => counter.read(key)));
      for (const count of counts) if (count.used >= count.limit) throw refusal(count);

      return {
        take: () => takeFromEach(buckets),
        async guess(isRight) {
          await takeFromEach(buckets);
          const right = await isRight().catch(async (error: unknown) => {
            await takeBack(buckets);
            throw error;
          });
          if (right) await forgive(buckets);
          return right;
        },
      };
    },
  };
}

type Bucket = { kind: keyof AttemptKeys; counter: Counter; key: string };

/** All or nothing: an attempt that one of them refuses is counted by none. @throws RateLimited */
async function takeFromEach(buckets: readonly Bucket[]): Promise<void> {
  const taken: Bucket[] = [];
  for (const bucket of buckets) {
    const count = await bucket.counter.add(bucket.key);
    taken.push(bucket);
    if (count.used <= count.limit) continue;
    await takeBack(taken);
    throw refusal(count);
  }
}

async function takeBack(buckets: readonly Bucket[]): Promise<void> {
  await Promise.all(buckets.map(({ counter, key }) => counter.takeBack(key)));
}

/** A right guess clears the count of the place. The wider counts lose this attempt only. */
async function forgive(buckets: readonly Bucket[]): Promise<void> {
  await Promise.all(
    buckets.map(({ kind, counter, key }) => (kind === 'place' ? counter.clear(key) : counter.takeBack(key))),
  );
}

function refusal({ limit, resetSeconds }: Count): RateLimited {
  return new RateLimited(undefined, { limit, retryAfterSeconds: resetSeconds });
}
