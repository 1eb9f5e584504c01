import type { Engine } from '../dialects/engine.js';
import type { Queries, Transaction } from '../queries.js';
import type { Role } from './user.js';

/** An account that acts, and the credential it acts by. */
export interface ActingRow {
  role: Role;
  username: string;
  name: string | null;
  avatar: string | null;
  /** When the credential was made and when it ends, in milliseconds since 1970. */
  since: number;
  until: number;
}

/** What an account acts by; `account` is for the command line, where it needs no credential and may be inactive. */
export type ActsBy = { kind: 'sign-in' | 'personal-token'; credentialId: number } | { kind: 'account' };

const acting = (credentials: 'sign_ins' | 'personal_tokens') => `SELECT u.role, u.username, u.name, u.avatar,
    c.created_at AS since, c.expires_at AS until
  FROM users u JOIN ${credentials} c ON c.user_id = u.id
  WHERE u.id = ? AND c.id = ? AND u.is_active`;
const BY = {
  'sign-in': acting('sign_ins'),
  'personal-token': acting('personal_tokens'),
  account: 'SELECT role, username, name, avatar, 0 AS since, 0 AS until FROM users WHERE id = ?',
} as const;

/** Who acts: one query by primary keys. Undefined when the credential is gone or the account is not active. */
export function createActing({ read, words: { forUpdate } }: Engine) {
  return {
    find: (userId: number, by: ActsBy) => select({ select: read }, userId, by),

    /** For a write: until its end the account and its credential stay as they are. */
    findLocked: (transaction: Transaction, userId: number, by: ActsBy) => select(transaction, userId, by, forUpdate),
  };
}

async function select(queries: Queries, userId: number, by: ActsBy, lock = ''): Promise<ActingRow | undefined> {
  const parameters = by.kind === 'account' ? [userId] : [userId, by.credentialId];
  const [row] = await queries.select<ActingRow>(`${BY[by.kind]} ${lock}`, ...parameters);
  return row;
}
