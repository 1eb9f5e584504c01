import type { Models } from '../../models/index.js';
import { foldCase } from '../../models/user.js';
import { InvalidCredentials } from '../errors.js';
import type { Guards } from '../limits/guards.js';
import type { KnownPlaces } from '../limits/known-places.js';
import type { Visitor } from '../limits/visitor.js';
import { insertUser, withoutPassword, type NewUser } from '../users/user-service.js';
import { userKey } from '../users/viewers.js';
import type { Viewer } from '../viewer.js';
import type { PasswordHasher } from './password-hasher.js';

export type AccountService = ReturnType<typeof createAccountService>;

interface Parts {
  models: Models;
  passwords: PasswordHasher;
  guards: Guards;
  places: KnownPlaces;
}

interface Secret {
  id: number;
  passwordHash: string;
  isActive: 0 | 1;
}
const SECRET = 'SELECT id, password_hash AS passwordHash, is_active AS isActive FROM users';
const BY_ID = `${SECRET} WHERE id = ?`;
const BY_EMAIL = `${SECRET} WHERE email_key = ?`;
const BY_USERNAME = `${SECRET} WHERE username_key = ?`;

/** What people do with their own account. */
export function createAccountService({ models, passwords, guards, places }: Parts) {
  return {
    /**
     * @param visitor whom it is counted against; none is for tests and commands.
     * @throws EmailTaken, UsernameTaken, RateLimited, Unavailable
     */
    async register(
      { username, email, password }: Pick<NewUser, 'username' | 'email' | 'password'>,
      visitor?: Visitor,
    ): Promise<Viewer> {
      const { take } = await guards.register(email, visitor);
      const passwordHash = await passwords.hash(password, take);
      return models.write(async (transaction) => {
        const user = await insertUser(models, { username, email, passwordHash, lastLogin: new Date() }, transaction);
        if (visitor) await places.remember(user.id, visitor, transaction);
        return user;
      });
    },

    /**
     * @param login e-mail address or user name.
     * @param visitor whom failures are counted against; none is for tests and commands.
     * @throws RateLimited whether or not the account exists, and without looking at the password.
     * @throws InvalidCredentials whether the account is unknown, inactive or the password wrong, in the same time.
     * @throws Unavailable when too many passwords wait to be checked.
     */
    async signIn(login: string, password: string, visitor?: Visitor): Promise<Viewer> {
      // A user name never holds an @, so that nobody can name themselves like another's address.
      const [known] = await models.read<Secret>(login.includes('@') ? BY_EMAIL : BY_USERNAME, foldCase(login));
      const place = visitor && (await places.find(known?.id, visitor));
      const { guess } = await guards.signIn(login, visitor && { ...visitor, knownAs: place?.knownAs });
      const matched = await passwords.matches(password, known?.isActive ? known.passwordHash : undefined, guess);
      if (!known || !matched) throw new InvalidCredentials();

      return models.write(
        async (transaction) => {
          const user = await models.User.findByPk(known.id, { transaction });
          if (!user?.isActive) throw new InvalidCredentials();
          await user.update({ lastLogin: new Date() }, { transaction, silent: true });
          if (visitor && !place?.lately) await places.remember(known.id, visitor, transaction);
          return withoutPassword(user);
        },
        [userKey(known.id)],
      );
    },

    /**
     * Ends every session and token of the account.
     *
     * @returns the account as it is now, for the session that goes on.
     * @throws InvalidCredentials when `current` is not the password, RateLimited when too many were not.
     */
    async changePassword(viewer: Viewer, current: string, password: string): Promise<Viewer> {
      const [known] = await models.read<Secret>(BY_ID, viewer.id);
      const { guess } = await guards.passwordChange(viewer.id);
      if (!known || !(await passwords.matches(current, known.passwordHash, guess))) throw new InvalidCredentials();
      const passwordHash = await passwords.hash(password);

      return models.write(
        async (transaction) => {
          const user = await models.User.findByPk(known.id, { transaction });
          // Meanwhile the account may have gone, or `current` may be the password no longer.
          if (user?.passwordHash !== known.passwordHash) throw new InvalidCredentials();
          await user.update({ passwordHash, sessionEpoch: user.sessionEpoch + 1 }, { transaction });
          return withoutPassword(user);
        },
        [userKey(known.id)],
      );
    },
  };
}
