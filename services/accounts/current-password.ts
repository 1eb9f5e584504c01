import type { Models } from '../../models/index.js';
import { InvalidCredentials } from '../errors.js';
import type { Guards } from '../limits/guards.js';
import type { PasswordHasher } from './password-hasher.js';

const HASH = 'SELECT password_hash AS passwordHash FROM users WHERE id = ?';

/**
 * Checks the current password of whoever is signed in.
 *
 * @returns the hash that it matched. The write that follows compares it again: meanwhile the password may have changed.
 * The promise is rejected with InvalidCredentials, with RateLimited after too many wrong ones, or with Unavailable.
 */
export type CheckCurrentPassword = (userId: number, password: string) => Promise<string>;

interface Parts {
  models: Models;
  passwords: PasswordHasher;
  guards: Pick<Guards, 'currentPassword'>;
}

export function createCurrentPasswordCheck({ models, passwords, guards }: Parts): CheckCurrentPassword {
  return async function checkCurrentPassword(userId, password) {
    const [known] = await models.read<{ passwordHash: string }>(HASH, userId);
    const { guess } = await guards.currentPassword(userId);
    if (!known || !(await passwords.matches(password, known.passwordHash, guess))) throw new InvalidCredentials();
    return known.passwordHash;
  };
}
