import { createHmac } from 'node:crypto';
import type { Models } from '../../models/index.js';
import { AlreadySetUp, Forbidden } from '../errors.js';
import type { Guards } from '../limits/guards.js';
import type { Visitor } from '../limits/visitor.js';
import { sameSecret } from '../same-secret.js';
import { insertUser, type NewUser } from '../users/user-rows.js';
import type { SignedIn } from './account-service.js';
import type { PasswordHasher } from './password-hasher.js';
import type { Device, SignIns } from './sign-ins.js';

export type SetupService = ReturnType<typeof createSetupService>;

interface Parts {
  models: Models;
  passwords: PasswordHasher;
  guards: Pick<Guards, 'setup'>;
  signIns: SignIns;
  /** What the one-time token is derived from: every worker prints the same link, and a restart keeps it. */
  secret: string;
}

const ANY_ADMIN = "SELECT 1 FROM users WHERE role = 'admin' LIMIT 1";

/** The first run: makes the first administrator, for whoever can read the console. */
export function createSetupService({ models, passwords, guards, signIns, secret }: Parts) {
  const token = createHmac('sha256', secret).update('allium: the first administrator').digest('base64url');
  let done = false;

  return {
    /** Shown on the console only. Worth nothing as soon as there is an administrator. */
    token,

    /** Whether there is no administrator yet. Once there is one there always will be, so it asks no more. */
    async needed(): Promise<boolean> {
      done ||= (await models.read<object>(ANY_ADMIN)).length > 0;
      return !done;
    },

    /** @throws Forbidden for a wrong token, RateLimited, AlreadySetUp, EmailTaken, UsernameTaken, Unavailable */
    async createAdministrator(
      offered: string,
      fields: Pick<NewUser, 'username' | 'email' | 'password'>,
      device: Device,
      visitor?: Visitor,
    ): Promise<SignedIn> {
      const { guess } = await guards.setup(visitor);
      if (!(await guess(() => Promise.resolve(sameSecret(offered, token))))) throw new Forbidden();
      if (!(await this.needed())) throw new AlreadySetUp();
      const passwordHash = await passwords.hash(fields.password);

      return models.write(async (transaction) => {
        // Asked again under the lock: of two people with the link, one becomes the administrator.
        const another = await models.User.findOne({ attributes: ['id'], where: { role: 'admin' }, transaction });
        if (another) throw new AlreadySetUp();
        const { username, email } = fields;
        const account = { username, email, role: 'admin', passwordHash, lastLogin: new Date() } as const;
        const user = await insertUser(models, account, transaction);
        return { user, ...(await signIns.begin(transaction, user.id, device)) };
      });
    },
  };
}
