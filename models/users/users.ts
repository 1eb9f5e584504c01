import type { Engine } from '../dialects/engine.js';
import type { Page, Parameter, Transaction } from '../queries.js';
import { tableOf, type Values } from '../table.js';
import { defineUser, foldCase, type UserRow } from './user.js';

/** What leaves the database of an account: everything but the hash of its password. */
export type Account = Omit<UserRow, 'passwordHash'>;

/** What a password is checked against. */
export type StoredPassword = Pick<UserRow, 'id' | 'username' | 'passwordHash' | 'isActive'>;

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

export interface UserFilter {
  /** Part of the name. */
  name?: string | undefined;
  /** Part of the user name, the e-mail address or the name. */
  search?: string | undefined;
}

export interface UserOrder {
  field: UserSortField;
  descending: boolean;
}

/** What changes or checks the number of administrators does so one at a time. */
const ADMINISTRATORS = 'administrators';

const PASSWORD = 'SELECT id, username, password_hash AS "passwordHash", is_active AS "isActive" FROM users WHERE';
const BY_EMAIL = `${PASSWORD} email_key = ?`;
const BY_USERNAME = `${PASSWORD} username_key = ?`;
const BY_ID = `${PASSWORD} id = ?`;
const ID = 'SELECT id FROM users WHERE username_key = ?';
const ACTIVE_ADMINISTRATORS = `${PASSWORD} role = 'admin' AND is_active`;
const ANY_ADMINISTRATOR = "SELECT id FROM users WHERE role = 'admin' LIMIT 1";
const OTHER_ADMINISTRATOR = "SELECT id FROM users WHERE role = 'admin' AND is_active AND id <> ? LIMIT 1";

export function createUsers({ read, readLong, words, sequelize }: Engine) {
  const model = defineUser(sequelize);
  const users = tableOf<UserRow>(model);
  const accounts = tableOf<Account>(model, ['passwordHash']);
  const exists = `SELECT id FROM users WHERE id = ? ${words.forUpdate}`;

  return {
    /** @throws UniqueViolation */
    insert: async (transaction: Transaction, values: Values<UserRow>): Promise<Account> =>
      withoutPassword(await users.insert(transaction, values)),

    /** Writes what differs from `user`. @throws UniqueViolation */
    update: async (transaction: Transaction, user: UserRow, changes: Values<UserRow>): Promise<Account> =>
      withoutPassword(await users.update(transaction, user, changes)),

    remove: users.remove,

    find: (id: number): Promise<Account | undefined> => accounts.find({ select: read }, id),

    /** @param username in any case. */
    idOf: async (username: string): Promise<number | undefined> =>
      (await read<{ id: number }>(ID, foldCase(username)))[0]?.id,

    /** For a write that changes the account or decides by it. */
    findForUpdate: (transaction: Transaction, id: number) => users.find(transaction, id, words.forUpdate),

    /** Whether the account exists, and then to the end of the transaction. */
    exists: async (transaction: Transaction, id: number): Promise<boolean> =>
      (await transaction.select(exists, id)).length > 0,

    /** @param login e-mail address or user name: no user name holds an @, so that none equals another's address. */
    findPassword: (login: string): Promise<StoredPassword | undefined> =>
      password(login.includes('@') ? BY_EMAIL : BY_USERNAME, foldCase(login)),

    findPasswordOf: (id: number): Promise<StoredPassword | undefined> => password(BY_ID, id),

    async page(filter: UserFilter, order: UserOrder, { page, limit }: Page, signal?: AbortSignal) {
      const direction = order.descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST';
      const { where, parameters } = matching(filter);
      const sql = `SELECT ${accounts.columns} FROM users ${where}
        ORDER BY ${SORT_COLUMNS[order.field]} ${direction}, id ${direction} LIMIT ? OFFSET ?`;
      const [rows, [counted]] = await Promise.all([
        readLong<object>({ signal }, sql, ...parameters, limit, (page - 1) * limit),
        readLong<{ total: number }>({ signal }, `SELECT count(*) AS total FROM users ${where}`, ...parameters),
      ]);
      return { users: rows.map(accounts.revive), total: counted?.total ?? 0 };
    },

    /** Whether there is one, active or not. @param transaction a write that makes the first one: no other does so. */
    async hasAdministrator(transaction?: Transaction): Promise<boolean> {
      await transaction?.lock(ADMINISTRATORS);
      return (await (transaction?.select ?? read)(ANY_ADMINISTRATOR)).length > 0;
    },

    /** Whether another active one remains, whatever other writes do at the same time. */
    async hasOtherAdministrator(transaction: Transaction, id: number): Promise<boolean> {
      await transaction.lock(ADMINISTRATORS);
      return (await transaction.select(OTHER_ADMINISTRATOR, id)).length > 0;
    },

    activeAdministrators: (): Promise<Pick<StoredPassword, 'username' | 'passwordHash'>[]> =>
      read(ACTIVE_ADMINISTRATORS),
  };

  async function password(sql: string, parameter: Parameter): Promise<StoredPassword | undefined> {
    const [row] = await read<Omit<StoredPassword, 'isActive'> & { isActive: boolean | number }>(sql, parameter);
    return row && { ...row, isActive: Boolean(row.isActive) }; // SQLite has numbers for booleans
  }

  function matching({ name, search }: UserFilter) {
    const conditions: string[] = [];
    const parameters: string[] = [];
    if (name) {
      conditions.push(words.contains('name_key'));
      parameters.push(foldCase(name));
    }
    if (search) {
      const columns = ['username_key', 'email_key', 'name_key'];
      conditions.push(`(${columns.map((column) => words.contains(column)).join(' OR ')})`);
      parameters.push(...columns.map(() => foldCase(search)));
    }
    return { where: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '', parameters };
  }
}

function withoutPassword({ passwordHash: _, ...account }: UserRow): Account {
  return account;
}
