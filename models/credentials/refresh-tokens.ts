import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';
import type { SignInRow } from './sign-in.js';

/** A refresh token and its sign-in. A spent one stays until it expires, to be recognized. */
export interface FoundRefreshToken extends Pick<SignInRow, 'userId' | 'address'> {
  signInId: number;
  expiresAt: number;
  spentAt: number | null;
}

interface NewRefreshToken {
  /** SHA-256 of the token, base64url: who reads the database cannot use it. */
  hash: string;
  signInId: number;
  /** The hash of the one that was spent for it; null for the first. */
  parent: string | null;
  expiresAt: number;
}

const EXISTS = 'SELECT 1 AS found FROM refresh_tokens WHERE hash = ?';
const FIND = `SELECT token.sign_in_id AS "signInId", token.expires_at AS "expiresAt", token.spent_at AS "spentAt",
    sign_ins.user_id AS "userId", sign_ins.address
  FROM sign_ins JOIN refresh_tokens token ON token.sign_in_id = sign_ins.id WHERE token.hash = ?`;
const SPENT_SUCCESSOR = 'SELECT 1 AS found FROM refresh_tokens WHERE parent = ? AND spent_at IS NOT NULL LIMIT 1';
const INSERT = 'INSERT INTO refresh_tokens (hash, sign_in_id, parent, expires_at) VALUES (?, ?, ?, ?)';
const SPEND = 'UPDATE refresh_tokens SET spent_at = ? WHERE hash = ? AND spent_at IS NULL';
const REMOVE_EXPIRED = 'DELETE FROM refresh_tokens WHERE expires_at <= ?';

/** Times are milliseconds since 1970. */
export function createRefreshTokens({ read, words }: Engine) {
  const findForUpdate = `${FIND} ${words.forUpdate}`;

  return {
    exists: async (hash: string): Promise<boolean> => (await read(EXISTS, hash)).length > 0,

    /** Its sign-in is locked with it: of one family one token is spent at a time. */
    async findForUpdate(transaction: Transaction, hash: string): Promise<FoundRefreshToken | undefined> {
      const [token] = await transaction.select<FoundRefreshToken>(findForUpdate, hash);
      return token;
    },

    /** Whether a token that this one was spent for has been spent itself. */
    hasSpentSuccessor: async (transaction: Transaction, hash: string): Promise<boolean> =>
      (await transaction.select(SPENT_SUCCESSOR, hash)).length > 0,

    insert: (transaction: Transaction, { hash, signInId, parent, expiresAt }: NewRefreshToken) =>
      transaction.execute(INSERT, hash, signInId, parent, expiresAt),

    /** The first time counts. */
    spend: (transaction: Transaction, hash: string, now: number) => transaction.execute(SPEND, now, hash),

    removeExpired: (transaction: Transaction, now: number) => transaction.execute(REMOVE_EXPIRED, now),
  };
}
