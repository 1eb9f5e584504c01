import { createHmac } from 'node:crypto';
import type { Models } from '../../models/index.js';
import { AlreadySetUp, Forbidden } from '../errors.js';
import type { LoginThrottle } from '../limits/login-throttle.js';
import type { AttemptSource } from '../limits/attempt-source.js';
import { sameSecret } from '../same-secret.js';
import { insertUser, type NewUser } from '../users/user-rows.js';
import type { SignedIn } from './account-service.js';
import type { PasswordHasher } from './password-hasher.js';
import type { Device, SignIns } from './sign-ins.js';

interface SetupServiceDeps {
  models: Models;
  passwords: PasswordHasher;
  loginThrottle: Pick<LoginThrottle, 'setup'>;
  signIns: SignIns;
  /** What the one-time token is derived from: every worker prints the same link, also after a restart. */
  secret: string;
}

/** The first run: makes the first administrator, for the person who can read the console. */
export function createSetupService({ models, passwords, loginThrottle, signIns, secret }: SetupServiceDeps) {
  const token = createHmac('sha256', secret).update('allium: the first administrator').digest('base64url');
  let done = false;

  return {
    /** Shown on the console only. Invalid as soon as there is an administrator. */
    token,

    /** Whether there is no administrator yet. Once there is one there always will be, so it is read no more. */
    async needed(): Promise<boolean> {
      done ||= await models.users.hasAdministrator();
      return !done;
    },

    /** @throws Forbidden for a wrong token, RateLimited, AlreadySetUp, EmailTaken, UsernameTaken, Unavailable */
    async createAdministrator(
      offered: string,
      fields: Pick<NewUser, 'username' | 'email' | 'password'>,
      device: Device,
      source?: AttemptSource,
    ): Promise<SignedIn> {
      const { guess } = await loginThrottle.setup(source);
      if (!(await guess(() => Promise.resolve(sameSecret(offered, token))))) throw new Forbidden();
      if (!(await this.needed())) throw new AlreadySetUp();
      const passwordHash = await passwords.hash(fields.password);

      return models.write(async (transaction) => {
        // Checked again under the lock: of two people with the link, one becomes the administrator.
        if (await models.users.hasAdministrator(transaction)) throw new AlreadySetUp();
        const { username, email } = fields;
        const account = { username, email, role: 'admin', passwordHash, lastLogin: new Date() } as const;
        const user = await insertUser(models, account, transaction);
        return { user, ...(await signIns.begin(transaction, user.id, device)) };
      });
    },
  };
}
