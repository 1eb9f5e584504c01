import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';
import { tableOf } from '../table.js';
import { defineSignIn, type SignInRow } from './sign-in.js';

/** When a sign-in was used, until when it is valid then (milliseconds since 1970), and from where. */
export interface SignInUse extends Pick<SignInRow, 'id' | 'address'> {
  at: number;
  until: number;
}

/** Refresh tokens are removed with their sign-in. */
const REMOVE = 'DELETE FROM sign_ins WHERE id = ? AND user_id = ?';
const REMOVE_OTHERS = 'DELETE FROM sign_ins WHERE user_id = ? AND id <> ?';
const REMOVE_ALL = 'DELETE FROM sign_ins WHERE user_id = ?';
const REMOVE_EXPIRED = 'DELETE FROM sign_ins WHERE expires_at <= ?';
const REMOVE_SURPLUS = `DELETE FROM sign_ins WHERE user_id = ? AND id NOT IN
  (SELECT id FROM sign_ins WHERE user_id = ? ORDER BY last_seen_at DESC, id LIMIT ?)`;
const OWNER = 'SELECT user_id AS "userId" FROM sign_ins WHERE id = ?';

export type SignIns = ReturnType<typeof createSignIns>;

export function createSignIns({ read, words, sequelize }: Engine) {
  const { columns, insert, find } = tableOf<SignInRow>(defineSignIn(sequelize));
  const valid = `SELECT ${columns} FROM sign_ins WHERE user_id = ? AND expires_at > ? ORDER BY last_seen_at DESC, id`;
  const used = `UPDATE sign_ins SET last_seen_at = used.at, expires_at = used.until, address = used.address
    FROM ${words.rowsIn({ id: 'BIGINT', at: 'BIGINT', until: 'BIGINT', address: 'TEXT' })} used
    WHERE sign_ins.id = used.id AND sign_ins.last_seen_at <= used.at`;

  return {
    insert,
    findForUpdate: (transaction: Transaction, id: number) => find(transaction, id, words.forUpdate),

    /** Whose it is, expired or not. */
    async ownerOf(id: number): Promise<number | undefined> {
      const [row] = await read<{ userId: number }>(OWNER, id);
      return row?.userId;
    },

    /** Those of an account that have not expired, the last seen first. @param now milliseconds since 1970 */
    valid: (userId: number, now: number): Promise<SignInRow[]> => read(valid, userId, now),

    /** Extends sign-ins, except those that were used later. */
    recordUse: (transaction: Transaction, uses: readonly SignInUse[]) =>
      transaction.execute(used, JSON.stringify(uses.map(({ id, at, until, address }) => [id, at, until, address]))),

    remove: (transaction: Transaction, id: number, userId: number) => transaction.execute(REMOVE, id, userId),
    removeOthers: (transaction: Transaction, userId: number, id: number) =>
      transaction.execute(REMOVE_OTHERS, userId, id),
    removeAll: (transaction: Transaction, userId: number) => transaction.execute(REMOVE_ALL, userId),
    removeExpired: (transaction: Transaction, now: number) => transaction.execute(REMOVE_EXPIRED, now),

    /** Of more than `most` of an account, removes those that were seen longest ago. */
    removeSurplus: (transaction: Transaction, userId: number, most: number) =>
      transaction.execute(REMOVE_SURPLUS, userId, userId, most),
  };
}
