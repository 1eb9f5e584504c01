import type { Models } from '../../models/index.js';
import { InvalidCredentials } from '../errors.js';
import type { LoginThrottle } from '../limits/login-throttle.js';
import type { PasswordHasher } from './password-hasher.js';

/**
 * Checks the current password of the person who is signed in.
 *
 * @returns the hash that it matched. The write that follows compares it again: meanwhile the password may have changed.
 * The promise is rejected with InvalidCredentials, with RateLimited after too many wrong ones, or with Unavailable.
 */
export type CheckCurrentPassword = (userId: number, password: string) => Promise<string>;

interface CurrentPasswordDeps {
  models: Models;
  passwords: PasswordHasher;
  loginThrottle: Pick<LoginThrottle, 'currentPassword'>;
}

export function createCurrentPasswordCheck({
  models,
  passwords,
  loginThrottle,
}: CurrentPasswordDeps): CheckCurrentPassword {
  return async function checkCurrentPassword(userId, password) {
    const known = await models.users.findPasswordOf(userId);
    const { guess } = await loginThrottle.currentPassword(userId);
    if (!known || !(await passwords.matches(password, known.passwordHash, guess))) throw new InvalidCredentials();
    return known.passwordHash;
  };
}
