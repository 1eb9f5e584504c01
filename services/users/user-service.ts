import { Op, type Transaction } from 'sequelize';
import type { ContentCounts } from '../../models/account-content.js';
import type { Models } from '../../models/index.js';
import { foldCase, type UserRow } from '../../models/user.js';
import { credentialsKey, endCredentials } from '../accounts/credentials.js';
import type { SignalSource } from '../cache/shared-signal.js';
import type { PasswordHasher } from '../accounts/password-hasher.js';
import { isInPerson, type Actor } from '../actor.js';
import { currentActor, writeAs } from '../write-as.js';
import type { CheckCurrentPassword } from '../accounts/current-password.js';
import { Forbidden, LastAdmin, NotFound } from '../errors.js';
import type { Viewer } from '../viewer.js';
import { POSTS_KEY } from '../posts/posts-key.js';
import { asTaken, assertMayBecome, assertMayChange } from './account-changes.js';
import type { AccountRemoval, ContentChoice } from './account-removal.js';
import { userPolicy } from './user-policy.js';
import {
  CLEARED,
  columnsIn,
  insertUser,
  withoutPassword,
  type NewUser,
  type UserChanges,
  type UserFields,
} from './user-rows.js';
import { checkUsername } from './username.js';
import { userKey, viewerRows, type Viewers } from './viewers.js';

export type UserService = ReturnType<typeof createUserService>;

/** What goes along with a change, and is not part of the account. */
interface Proof {
  /** Of whoever changes their own e-mail address, unless they signed in a moment ago. */
  currentPassword?: string | undefined;
}

const SORT_COLUMNS = {
  id: 'id',
  username: 'username_key',
  email: 'email_key',
  name: 'name_key',
  role: 'role',
  createdAt: 'created_at',
  lastLogin: 'last_login',
} as const;
export type UserSortField = keyof typeof SORT_COLUMNS;
export const USER_SORT_FIELDS = Object.keys(SORT_COLUMNS) as UserSortField[];

export interface UserQuery {
  /** Part of the name. */
  name?: string | undefined;
  /** Part of the user name, the e-mail address or the name. */
  search?: string | undefined;
  page: number;
  limit: number;
  sort: { field: UserSortField; descending: boolean };
}

interface Parts {
  models: Models;
  passwords: PasswordHasher;
  checkCurrentPassword: CheckCurrentPassword;
  viewers: Viewers;
  removal: AccountRemoval;
}

export function createUserService({ models, passwords, checkCurrentPassword, viewers, removal }: Parts) {
  const { User, readLong } = models;
  const { select, revive } = viewerRows(models);

  return {
    /** @throws Forbidden */
    async list(viewer: Viewer, { page, limit, sort, ...filter }: UserQuery, source?: SignalSource) {
      if (!userPolicy.list(viewer)) throw new Forbidden();
      const direction = sort.descending ? 'DESC' : 'ASC';
      const signal = source?.();
      const { where, parameters } = matching(filter);
      const order = `ORDER BY ${SORT_COLUMNS[sort.field]} ${direction}, id ${direction} LIMIT ? OFFSET ?`;
      const [rows, [counted]] = await Promise.all([
        readLong<object>(
          { signal },
          `SELECT ${select} FROM users ${where} ${order}`,
          ...parameters,
          limit,
          (page - 1) * limit,
        ),
        readLong<{ total: number }>({ signal }, `SELECT count(*) AS total FROM users ${where}`, ...parameters),
      ]);
      return { users: rows.map(revive), total: counted?.total ?? 0 };
    },

    /** @returns the account, and whether the viewer may see all of it. @throws NotFound */
    async get(viewer: Viewer | undefined, id: number): Promise<{ user: Viewer; all: boolean }> {
      const user = await viewers.find(id);
      if (!user) throw new NotFound();
      return { user, all: viewer !== undefined && userPolicy.readAll(viewer, user) };
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
      await writeAs(
        models,
        actor,
        async (transaction, acting) => {
          if (!userPolicy.remove(acting)) throw new Forbidden();
          const user = await User.findByPk(id, { transaction });
          if (!user) throw new NotFound();
          await keepAnAdmin(user, transaction);
          await endCredentials(models, id, transaction);
          await user.update({ isActive: false }, { transaction });
        },
        [userKey(id), credentialsKey(id), POSTS_KEY],
      );
      await removal.remove(id, choice);
    },
  };

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
        const user = await User.findByPk(id, { transaction });
        if (!user) throw new NotFound();
        const before = { ...user.get({ plain: true }) }; // `get` hands out what `set` changes
        user.set(columns);
        assertMayBecome(acting, before, user, provenHash);
        if (user.changed('username')) checkUsername(user.username); // a name from before the rule may stay
        if (passwordHash) user.passwordHash = passwordHash;
        if (before.role === 'admin' && before.isActive && !(user.role === 'admin' && user.isActive)) {
          await keepAnAdmin(before, transaction);
        }
        if (passwordHash || (before.isActive && !user.isActive)) await endCredentials(models, id, transaction);
        await asTaken(user.save({ transaction }));
        return withoutPassword(user);
      },
      [userKey(id), credentialsKey(id), POSTS_KEY],
    );
  }

  /** @throws LastAdmin when `user` is the only active administrator. */
  async function keepAnAdmin(user: Pick<UserRow, 'id' | 'role' | 'isActive'>, transaction: Transaction) {
    if (user.role !== 'admin' || !user.isActive) return;
    const another = await User.findOne({
      attributes: ['id'],
      where: { role: 'admin', isActive: true, id: { [Op.ne]: user.id } },
      transaction,
    });
    if (!another) throw new LastAdmin();
  }
}

function matching({ name, search }: Pick<UserQuery, 'name' | 'search'>) {
  const conditions: string[] = [];
  const parameters: string[] = [];
  if (name) {
    conditions.push('instr(name_key, ?) > 0');
    parameters.push(foldCase(name));
  }
  if (search) {
    conditions.push('(instr(username_key, ?) > 0 OR instr(email_key, ?) > 0 OR instr(name_key, ?) > 0)');
    parameters.push(...Array<string>(3).fill(foldCase(search)));
  }
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '', parameters };
}
