import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { Unavailable, ValidationFailed } from '../errors.js';
import { isCommonPassword } from './common-passwords.js';

/** Argon2id is the library's default; the costs follow the OWASP Password Storage Cheat Sheet. */
const COSTS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const; // memory in KiB

/** About three seconds of waiting at 40 ms a hash: longer, and people have given up. */
const MAX_WAITING = 64;

/** Decides about checking a guess. */
type Guess = (isRight: () => Promise<boolean>) => Promise<boolean>;

export type PasswordHasher = ReturnType<typeof createPasswordHasher>;

/**
 * Hashes one password at a time. Hashing fills the thread pool that database reads need as well; side by side, fifty
 * logins would hold up every read for seconds.
 */
export function createPasswordHasher() {
  const oneAtATime = pLimit(1);
  const placeholderHash = queued(() => hash(crypto.randomUUID(), COSTS));
  placeholderHash.catch(() => {}); // each caller that awaits it sees the failure

  return {
    /**
     * Hashes a new password.
     *
     * @param first is done right before, when the turn has come; what it throws is thrown, and nothing is hashed.
     * @throws ValidationFailed for one of the most common passwords (OWASP ASVS 5.0, 6.2.4).
     * @throws Unavailable when too many are waiting.
     */
    async hash(password: string, first?: () => Promise<void>): Promise<string> {
      if (await isCommonPassword(password)) {
        throw new ValidationFailed('a common password', { fields: ['password'], sentence: 'commonPassword' });
      }
      return queued(async () => {
        await first?.();
        return hash(password, COSTS);
      });
    },

    /**
     * Takes the same time whether or not there is a hash to compare with, so that the time does not show which accounts exist.
     *
     * @param guess is given the check when the turn has come, and may refuse to make it by throwing.
     * @throws Unavailable when too many are waiting.
     */
    async matches(
      password: string,
      passwordHash: string | undefined,
      guess: Guess = (isRight) => isRight(),
    ): Promise<boolean> {
      const known = passwordHash ?? (await placeholderHash);
      return queued(() => guess(async () => (await verify(known, password)) && passwordHash !== undefined));
    },
  };

  function queued<Result>(work: () => Promise<Result>): Promise<Result> {
    if (oneAtATime.pendingCount >= MAX_WAITING) {
      return Promise.reject(new Unavailable('too many passwords wait to be hashed', { retryAfterSeconds: 3 }));
    }
    return oneAtATime(work);
  }
}
