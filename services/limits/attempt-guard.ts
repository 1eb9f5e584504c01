import { DomainError, RateLimited, Unavailable } from '../errors.js';
import type { Count, Counter, Counters, Limit } from './counters.js';

/** What one attempt is counted under; what is left out is not counted. */
export interface AttemptKeys {
  /** One account from one place: a network, or a device that the account is known on. */
  place?: string | undefined;
  address?: string | undefined;
  account?: string | undefined;
}

/** The most failures of each kind. */
export type AttemptLimits = Partial<Record<keyof AttemptKeys, Limit>>;

export interface AttemptGuard {
  /**
   * Lets somebody try, and counts what fails. A failure that says nothing about the guess, as when the database is
   * away, is not counted.
   *
   * @param work calls `take` right before it learns whether the guess is right. Where guesses are checked one after
   *   the other, thousands that arrive at once are no more than the limit allows.
   * @throws RateLimited before anything is done, or by `take`.
   */
  attempt<Result>(keys: AttemptKeys, work: (take: Take) => Promise<Result>): Promise<Result>;
}

/** Counts the attempt. @throws RateLimited */
export type Take = () => Promise<void>;

/** The narrowest first: what it refuses never counts against those who share the wider ones. */
const ORDER = ['place', 'address', 'account'] as const;

interface Options {
  /** What is tried; counts of different names have nothing to do with each other. */
  name: string;
  limits: AttemptLimits;
  /** Counts what succeeds as well. */
  countSuccess?: boolean;
}

export function createAttemptGuard(counters: Counters, { name, limits, countSuccess = false }: Options): AttemptGuard {
  const buckets = ORDER.flatMap((kind) => {
    const limit = limits[kind];
    return limit ? [{ kind, counter: counters.shared(`${name}:${kind}`, limit) }] : [];
  });
  const bucketsOf = (keys: AttemptKeys) =>
    buckets.flatMap(({ kind, counter }) => (keys[kind] === undefined ? [] : [{ kind, counter, key: keys[kind] }]));

  return {
    async attempt(keys, work) {
      const counted = bucketsOf(keys);
      const counts = await Promise.all(counted.map(({ counter, key }) => counter.read(key)));
      for (const count of counts) refuseBeyond(count, 1);
      let taken = false;
      const take = async () => {
        await takeFromEach(counted);
        taken = true;
      };
      try {
        const result = await work(take);
        if (taken && !countSuccess) await forgive(counted);
        return result;
      } catch (error) {
        if (taken && !tellsOfTheGuess(error)) await takeBack(counted);
        throw error;
      }
    },
  };
}

type Bucket = { kind: keyof AttemptKeys; counter: Counter; key: string };

/** All or nothing: an attempt that one of them refuses is counted by none. */
async function takeFromEach(buckets: readonly Bucket[]): Promise<void> {
  const taken: Bucket[] = [];
  for (const bucket of buckets) {
    const count = await bucket.counter.add(bucket.key);
    taken.push(bucket);
    if (count.used <= count.limit) continue;
    await takeBack(taken);
    refuseBeyond(count, 0);
  }
}

async function takeBack(buckets: readonly Bucket[]): Promise<void> {
  await Promise.all(buckets.map(({ counter, key }) => counter.takeBack(key)));
}

/** Who knows the secret has not guessed before: the place starts anew. The wider counts lose this attempt only. */
async function forgive(buckets: readonly Bucket[]): Promise<void> {
  await Promise.all(
    buckets.map(({ kind, counter, key }) => (kind === 'place' ? counter.clear(key) : counter.takeBack(key))),
  );
}

function tellsOfTheGuess(error: unknown): boolean {
  return error instanceof DomainError && !(error instanceof Unavailable);
}

/** @throws RateLimited when fewer than `needed` are left. */
function refuseBeyond({ limit, used, resetSeconds }: Count, needed: number): void {
  if (used + needed > limit) throw new RateLimited(undefined, { limit, retryAfterSeconds: resetSeconds });
}
