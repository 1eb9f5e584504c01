import type { Models } from '../../models/index.js';
import { foldCase } from '../../models/user.js';
import type { Actor } from '../actor.js';
import { currentActor, writeAs } from '../write-as.js';
import { InvalidCredentials } from '../errors.js';
import type { Guards } from '../limits/guards.js';
import type { KnownPlaces } from '../limits/known-places.js';
import type { Visitor } from '../limits/visitor.js';
import { insertUser, withoutPassword, type NewUser } from '../users/user-rows.js';
import { userKey } from '../users/viewers.js';
import type { Viewer } from '../viewer.js';
import { credentialsKey, endCredentials } from './credentials.js';
import type { CheckCurrentPassword } from './current-password.js';
import type { PasswordHasher } from './password-hasher.js';
import type { Begun, Device, SignIns } from './sign-ins.js';

export type AccountService = ReturnType<typeof createAccountService>;

interface Parts {
  models: Models;
  passwords: PasswordHasher;
  guards: Pick<Guards, 'register' | 'signIn'>;
  checkCurrentPassword: CheckCurrentPassword;
  places: KnownPlaces;
  signIns: SignIns;
}

/** Somebody who has just signed in, and what they come back with. */
export interface SignedIn extends Begun {
  user: Viewer;
}

interface Secret {
  id: number;
  passwordHash: string;
  isActive: 0 | 1;
}
const SECRET = 'SELECT id, password_hash AS passwordHash, is_active AS isActive FROM users';
const BY_EMAIL = `${SECRET} WHERE email_key = ?`;
const BY_USERNAME = `${SECRET} WHERE username_key = ?`;

/** What people do with their own account. */
export function createAccountService({ models, passwords, guards, checkCurrentPassword, places, signIns }: Parts) {
  return {
    /**
     * @param visitor whom it is counted against; none is for tests and commands.
     * @throws EmailTaken, UsernameTaken, RateLimited, Unavailable
     */
    async register(
      { username, email, password }: Pick<NewUser, 'username' | 'email' | 'password'>,
      device: Device,
      visitor?: Visitor,
    ): Promise<SignedIn> {
      const { take } = await guards.register(email, visitor);
      const passwordHash = await passwords.hash(password, take);
      return models.write(async (transaction) => {
        const fields = { username, email, passwordHash, lastLogin: new Date() };
        const user = await insertUser(models, fields, transaction);
        if (visitor) await places.remember(user.id, visitor, transaction);
        return { user, ...(await signIns.begin(transaction, user.id, device)) };
      });
    },

    /**
     * @param login e-mail address or user name.
     * @param visitor whom failures are counted against; none is for tests and commands.
     * @throws RateLimited whether or not the account exists, and without looking at the password.
     * @throws InvalidCredentials whether the account is unknown, inactive or the password wrong, in the same time.
     * @throws Unavailable when too many passwords wait to be checked.
     */
    async signIn(login: string, password: string, device: Device, visitor?: Visitor): Promise<SignedIn> {
      // A user name never holds an @, so that nobody can name themselves like another's address.
      const [known] = await models.read<Secret>(login.includes('@') ? BY_EMAIL : BY_USERNAME, foldCase(login));
      const place = visitor && (await places.find(known?.id, visitor));
      const { guess } = await guards.signIn(login, visitor && { ...visitor, knownAs: place?.knownAs });
      const matched = await passwords.matches(password, known?.isActive ? known.passwordHash : undefined, guess);
      if (!known || !matched) throw new InvalidCredentials();

      return models.write(
        async (transaction) => {
          const user = await models.User.findByPk(known.id, { transaction });
          // Meanwhile what was checked may have become the password no longer.
          if (!user?.isActive || user.passwordHash !== known.passwordHash) throw new InvalidCredentials();
          await user.update({ lastLogin: new Date() }, { transaction, silent: true });
          if (visitor && !place?.lately) await places.remember(known.id, visitor, transaction);
          return { user: withoutPassword(user), ...(await signIns.begin(transaction, user.id, device)) };
        },
        [userKey(known.id), credentialsKey(known.id)],
      );
    },

    /**
     * Ends every session and token of the account.
     *
     * @param device the one that stays signed in, under a sign-in of its own; without one nobody does.
     * @throws InvalidCredentials when `current` is not the password, RateLimited when too many were not.
     */
    async changePassword(actor: Actor, current: string, password: string, device?: Device): Promise<Begun | undefined> {
      await currentActor(models, actor);
      const checkedHash = await checkCurrentPassword(actor.id, current);
      const passwordHash = await passwords.hash(password);

      return writeAs(
        models,
        actor,
        async (transaction) => {
          const user = await models.User.findByPk(actor.id, { transaction });
          if (user?.passwordHash !== checkedHash) throw new InvalidCredentials();
          await user.update({ passwordHash }, { transaction });
          await endCredentials(models, user.id, transaction);
          return device && signIns.begin(transaction, user.id, device);
        },
        [userKey(actor.id), credentialsKey(actor.id)],
      );
    },
  };
}
