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

/** Runs a prepared statement: on the connection that reads, or on the one that writes. */
export type ActingRows = (sql: string, ...parameters: number[]) => Promise<ActingRow[]>;

const acting = (credentials: 'sign_ins' | 'personal_tokens') => `SELECT u.role, u.username, u.name, u.avatar,
    c.created_at AS since, c.expires_at AS until
  FROM ${credentials} c CROSS JOIN users u ON u.id = c.user_id
  WHERE c.id = ? AND c.user_id = ? AND u.is_active = 1`;
const BY = { 'sign-in': acting('sign_ins'), 'personal-token': acting('personal_tokens') } as const;
const ACCOUNT = 'SELECT role, username, name, avatar, 0 AS since, 0 AS until FROM users WHERE id = ?';

/** One query by two primary keys. @returns undefined when the credential is gone or the account is not active. */
export async function findActing(rows: ActingRows, by: keyof typeof BY, credentialId: number, userId: number) {
  return (await rows(BY[by], credentialId, userId))[0];
}

/** An account without a credential, active or not. */
export async function findAccount(rows: ActingRows, userId: number) {
  return (await rows(ACCOUNT, userId))[0];
}
