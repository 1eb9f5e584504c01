import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';
import { tableOf } from '../table.js';
import { definePersonalToken, type PersonalTokenRow } from './personal-token.js';

/** A token without its hash. */
export type StoredPersonalToken = Omit<PersonalTokenRow, 'hash'>;

const COUNT = 'SELECT count(*) AS count FROM personal_tokens WHERE user_id = ?';
const REMOVE_ALL = 'DELETE FROM personal_tokens WHERE user_id = ?';
const REMOVE_EXPIRED = 'DELETE FROM personal_tokens WHERE expires_at <= ?';

export type PersonalTokens = ReturnType<typeof createPersonalTokens>;

/** Times are milliseconds since 1970. */
export function createPersonalTokens({ read, words, sequelize }: Engine) {
  const model = definePersonalToken(sequelize);
  const { insert, find, remove } = tableOf<PersonalTokenRow>(model);
  const { columns } = tableOf<StoredPersonalToken>(model, ['hash']);
  const byUser = `SELECT ${columns} FROM personal_tokens WHERE user_id = ? ORDER BY created_at DESC, id DESC`;
  const byHash = `SELECT ${columns} FROM personal_tokens WHERE hash = ?`;
  const used = `UPDATE personal_tokens SET last_used_at = used.at
    FROM ${words.rowsIn({ id: 'BIGINT', at: 'BIGINT' })} used WHERE personal_tokens.id = used.id`;

  return {
    insert,
    remove,
    findForUpdate: (transaction: Transaction, id: number) => find(transaction, id, words.forUpdate),

    /** How many an account has; until the end of the transaction no other one counts them. */
    async count(transaction: Transaction, userId: number): Promise<number> {
      await transaction.lock(`personal tokens of ${userId}`);
      const [row] = await transaction.select<{ count: number }>(COUNT, userId);
      return row?.count ?? 0;
    },

    /** Newest first, those that have expired included. */
    ofUser: (userId: number): Promise<StoredPersonalToken[]> => read(byUser, userId),

    async findByHash(hash: string): Promise<StoredPersonalToken | undefined> {
      const [token] = await read<StoredPersonalToken>(byHash, hash);
      return token;
    },

    recordUse: (transaction: Transaction, uses: readonly [id: number, at: number][]) =>
      transaction.execute(used, JSON.stringify(uses)),

    removeAll: (transaction: Transaction, userId: number) => transaction.execute(REMOVE_ALL, userId),
    removeExpired: (transaction: Transaction, before: number) => transaction.execute(REMOVE_EXPIRED, before),
  };
}
