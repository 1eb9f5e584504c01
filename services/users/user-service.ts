import type { ContentCounts } from '../../models/users/account-content.js';
import type { Models } from '../../models/index.js';
import type { Page, Transaction } from '../../models/queries.js';
import type { UserRow } from '../../models/users/user.js';
import type { UserFilter, UserOrder } from '../../models/users/users.js';
import { endCredentials } from '../accounts/credentials.js';
import type { SignalSource } from '../cache/shared-signal.js';
import type { PasswordHasher } from '../accounts/password-hasher.js';
import { isInPerson, type Actor } from '../actor.js';
import { currentActor, writeAs, type CurrentActor } from '../write-as.js';
import type { CheckCurrentPassword } from '../accounts/current-password.js';
import { Forbidden, InvalidCredentials, LastAdmin, NotFound } from '../errors.js';
import type { Viewer } from '../viewer.js';
import { accountChanged } from '../cache/invalidation.js';
import { asTaken, assertMayBecome, assertMayChange } from './account-changes.js';
import type { AccountRemoval, ContentChoice } from './account-removal.js';
import { userPolicy } from './user-policy.js';
import { CLEARED, columnsIn, insertUser, type NewUser, type UserChanges, type UserFields } from './user-rows.js';
import { checkUsername } from './username.js';
import type { Viewers } from './viewers.js';

/** What goes along with a change, and is not part of the account. */
interface Proof {
  /** For a change of one's own e-mail address, unless the sign-in is recent. */
  currentPassword?: string | undefined;
}

export interface UserQuery extends UserFilter, Page {
  sort: UserOrder;
}

interface UserServiceDeps {
  models: Models;
  passwords: PasswordHasher;
  checkCurrentPassword: CheckCurrentPassword;
  viewers: Viewers;
  removal: AccountRemoval;
}

export function createUserService({ models, passwords, checkCurrentPassword, viewers, removal }: UserServiceDeps) {
  const { users } = models;

  return {
    /** @throws Forbidden */
    async list(viewer: Viewer, { page, limit, sort, ...filter }: UserQuery, source?: SignalSource) {
      if (!userPolicy.list(viewer)) throw new Forbidden();
      return users.page(filter, sort, { page, limit }, source?.());
    },

    /** @returns the account, and whether the viewer may see all of it. @throws NotFound */
    async get(viewer: Viewer | undefined, id: number): Promise<{ user: Viewer; all: boolean }> {
      const user = await viewers.find(id);
      if (!user) throw new NotFound();
      return { user, all: viewer !== undefined && userPolicy.readAll(viewer, user) };
    },

    /** @param username in any case. @throws NotFound */
    async getByUsername(username: string): Promise<Viewer> {
      const id = await users.idOf(username);
      const user = id === undefined ? undefined : await viewers.find(id);
      if (!user) throw new NotFound();
      return user;
    },

    /** @throws Forbidden, EmailTaken, UsernameTaken, Unavailable */
    async create(actor: Actor, input: NewUser): Promise<Viewer> {
      if (!userPolicy.create(await currentActor(models, actor))) throw new Forbidden();
      const passwordHash = await passwords.hash(input.password);
      return writeAs(models, actor, (transaction, acting) => {
        if (!userPolicy.create(acting)) throw new Forbidden();
        return insertUser(models, { ...input, passwordHash }, transaction);
      });
    },

    /**
     * Changes what is given and leaves the rest.
     *
     * @throws NotFound, Forbidden, EmailTaken, UsernameTaken, LastAdmin
     * @throws ReauthenticationRequired for one's own e-mail address; InvalidCredentials, RateLimited for a wrong proof.
     */
    update: (actor: Actor, id: number, changes: UserChanges & Proof) => change(actor, id, changes, columnsIn(changes)),

    /**
     * Replaces what the account says of itself: what is left out is cleared. Role, active state and password are not
     * part of that and stay unless they are given. Throws as `update` does.
     */
    replace: (actor: Actor, id: number, fields: UserFields & { password?: string | undefined } & Proof) =>
      change(actor, id, fields, { ...CLEARED, ...columnsIn(fields) }),

    /** How much would be released or deleted with the account. @throws Forbidden, NotFound */
    async countContent(viewer: Viewer, id: number, signal?: SignalSource): Promise<ContentCounts> {
      if (!userPolicy.readAll(viewer, { id })) throw new Forbidden();
      if (!(await viewers.find(id))) throw new NotFound();
      return removal.count(id, signal?.());
    },

    /**
     * Deletes an account. It is deactivated first: what it has made may take a while, in many short transactions, and
     * when the process ends in between an administrator finds it deactivated and deletes it again.
     *
     * @throws Forbidden, NotFound, LastAdmin; AccountActive when it is activated again meanwhile
     */
    async remove(actor: Actor, id: number, choice: ContentChoice = 'keep'): Promise<void> {
      const work = async (transaction: Transaction, acting: CurrentActor) => {
        if (!userPolicy.remove(acting)) throw new Forbidden();
        await deactivate(transaction, id);
      };
      await writeAs(models, actor, work, accountChanged({ id }));
      await removal.remove(id, choice);
    },

    /**
     * Deletes one's own account, as `remove` does.
     *
     * @throws InvalidCredentials when `password` is not the current one, RateLimited when too many were not; Forbidden to a
     *   personal access token; LastAdmin.
     */
    async leave(actor: Actor, password: string, choice: ContentChoice = 'keep'): Promise<void> {
      const { id } = actor;
      if (!userPolicy.leave(await currentActor(models, actor), { id })) throw new Forbidden();
      const checkedHash = await checkCurrentPassword(id, password);
      const work = async (transaction: Transaction) => {
        const user = await deactivate(transaction, id);
        if (user.passwordHash !== checkedHash) throw new InvalidCredentials();
      };
      await writeAs(models, actor, work, accountChanged({ id }));
      await removal.remove(id, choice);
    },
  };

  /** Ends the account's sessions and tokens as well. @throws NotFound, LastAdmin */
  async function deactivate(transaction: Transaction, id: number): Promise<UserRow> {
    const user = await users.findForUpdate(transaction, id);
    if (!user) throw new NotFound();
    await keepAnAdmin(user, transaction);
    await endCredentials(models, transaction, id);
    await users.update(transaction, user, { isActive: false });
    return user;
  }

  async function change(actor: Actor, id: number, changes: UserChanges & Proof, columns: Partial<UserRow>) {
    const current = await currentActor(models, actor);
    assertMayChange(current, id, changes);
    const { email, password, currentPassword } = changes;
    // A personal access token may not change the address, and must not serve to guess the password either.
    const proves = isInPerson(current) && email !== undefined && currentPassword !== undefined && id === actor.id;
    const provenHash = proves ? await checkCurrentPassword(id, currentPassword) : undefined;
    const passwordHash = password === undefined ? undefined : await passwords.hash(password);
    return writeAs(
      models,
      actor,
      async (transaction, acting) => {
        assertMayChange(acting, id, changes);
        const user = await users.findForUpdate(transaction, id);
        if (!user) throw new NotFound();
        const after = { ...user, ...columns, ...(passwordHash === undefined ? {} : { passwordHash }) };
        assertMayBecome(acting, user, after, provenHash);
        if (after.username !== user.username) checkUsername(after.username); // a name from before the rule may stay
        if (user.role === 'admin' && user.isActive && !(after.role === 'admin' && after.isActive)) {
          await keepAnAdmin(user, transaction);
        }
        if (passwordHash || (user.isActive && !after.isActive)) await endCredentials(models, transaction, id);
        return asTaken(users.update(transaction, user, { ...columns, passwordHash }));
      },
      accountChanged({ id }),
    );
  }

  /** @throws LastAdmin when `user` is the only active administrator. */
  async function keepAnAdmin(user: Pick<UserRow, 'id' | 'role' | 'isActive'>, transaction: Transaction) {
    if (user.role !== 'admin' || !user.isActive) return;
    if (!(await users.hasOtherAdministrator(transaction, user.id))) throw new LastAdmin();
  }
}
