import type { Models } from '../../models/index.js';
import type { Actor } from '../actor.js';
import { currentActor, writeAs } from '../write-as.js';
import { Forbidden, InvalidCredentials } from '../errors.js';
import type { LoginThrottle } from '../limits/login-throttle.js';
import type { KnownNetworks } from '../limits/known-networks.js';
import type { AttemptSource } from '../limits/attempt-source.js';
import { insertUser, type NewUser } from '../users/user-rows.js';
import { passwordChanged, signedIn } from '../cache/invalidation.js';
import type { Viewer } from '../viewer.js';
import type { DailyMetrics } from '../stats/daily-metrics.js';
import { credentialPolicy } from './credential-policy.js';
import { endCredentials } from './credentials.js';
import type { CheckCurrentPassword } from './current-password.js';
import type { PasswordHasher } from './password-hasher.js';
import type { NewSignIn, Device, SignIns } from './sign-ins.js';

interface AccountServiceDeps {
  models: Models;
  passwords: PasswordHasher;
  loginThrottle: Pick<LoginThrottle, 'register' | 'signIn'>;
  checkCurrentPassword: CheckCurrentPassword;
  knownNetworks: KnownNetworks;
  signIns: SignIns;
  dailyMetrics: Pick<DailyMetrics, 'signedIn'>;
}

/** A new sign-in and its account. */
export interface SignedIn extends NewSignIn {
  user: Viewer;
}

/** What people do with their own account. */
export function createAccountService({
  models,
  passwords,
  loginThrottle,
  checkCurrentPassword,
  knownNetworks,
  signIns,
  dailyMetrics,
}: AccountServiceDeps) {
  return {
    /**
     * @param source whom it is counted against; none is for tests and commands.
     * @throws EmailTaken, UsernameTaken, RateLimited, Unavailable
     */
    async register(
      { username, email, password }: Pick<NewUser, 'username' | 'email' | 'password'>,
      device: Device,
      source?: AttemptSource,
    ): Promise<SignedIn> {
      const { take } = await loginThrottle.register(email, source);
      const passwordHash = await passwords.hash(password, take);
      return models.write(async (transaction) => {
        const fields = { username, email, passwordHash, lastLogin: new Date() };
        const user = await insertUser(models, fields, transaction);
        if (source) await knownNetworks.remember(transaction, user.id, source);
        return { user, ...(await signIns.begin(transaction, user.id, device)) };
      });
    },

    /**
     * @param login e-mail address or user name.
     * @param source whom failures are counted against; none is for tests and commands.
     * @throws RateLimited whether or not the account exists, and without looking at the password.
     * @throws InvalidCredentials whether the account is unknown, inactive or the password wrong, in the same time.
     * @throws Unavailable when too many passwords wait to be checked.
     */
    async signIn(login: string, password: string, device: Device, source?: AttemptSource): Promise<SignedIn> {
      const known = await models.users.findPassword(login);
      const network = source && (await knownNetworks.find(known?.id, source));
      const { guess } = await loginThrottle.signIn(login, source && { ...source, knownAs: network?.knownAs });
      const matched = await passwords.matches(password, known?.isActive ? known.passwordHash : undefined, guess);
      if (!known || !matched) throw new InvalidCredentials();

      const begun = await models.write(
        async (transaction) => {
          const user = await models.users.findForUpdate(transaction, known.id);
          // Meanwhile what was checked may have become the password no longer.
          if (!user?.isActive || user.passwordHash !== known.passwordHash) throw new InvalidCredentials();
          const times = { lastLogin: new Date(), updatedAt: user.updatedAt };
          const viewer = await models.users.update(transaction, user, times);
          if (source && !network?.seenRecently) await knownNetworks.remember(transaction, known.id, source);
          return { user: viewer, ...(await signIns.begin(transaction, user.id, device)) };
        },
        signedIn({ id: known.id }),
      );
      dailyMetrics.signedIn();
      return begun;
    },

    /**
     * Ends every session and token of the account.
     *
     * @param device the one that stays signed in, under a sign-in of its own; without one all are signed out.
     * @throws InvalidCredentials when `current` is not the password, RateLimited when too many were not, Forbidden to a
     *   personal access token.
     */
    async changePassword(
      actor: Actor,
      current: string,
      password: string,
      device?: Device,
    ): Promise<NewSignIn | undefined> {
      if (!credentialPolicy.manage(await currentActor(models, actor)))
        throw new Forbidden('not by a personal access token');
      const checkedHash = await checkCurrentPassword(actor.id, current);
      const passwordHash = await passwords.hash(password);

      return writeAs(
        models,
        actor,
        async (transaction) => {
          const user = await models.users.findForUpdate(transaction, actor.id);
          if (user?.passwordHash !== checkedHash) throw new InvalidCredentials();
          await models.users.update(transaction, user, { passwordHash });
          await endCredentials(models, transaction, user.id);
          return device && signIns.begin(transaction, user.id, device);
        },
        passwordChanged({ id: actor.id }),
      );
    },
  };
}
