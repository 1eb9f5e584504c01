import { createHash, randomBytes } from 'node:crypto';
import type { Transaction } from 'sequelize';
import type { Models } from '../../models/index.js';

/**
 * The version that changes when anything is taken away that a person comes in by: a browser's session, a program's
 * tokens, a personal access token. What is remembered of them is compared with it on every request.
 */
export const credentialsKey = (userId: number): string => `credentials:${userId}`;

/** Ends every session and token of an account. The write it is part of changes `credentialsKey`. */
export async function endCredentials({ execute }: Models, userId: number, transaction: Transaction): Promise<void> {
  await execute(transaction, 'DELETE FROM sign_ins WHERE user_id = ?', userId); // refresh tokens go with them
  await execute(transaction, 'DELETE FROM personal_tokens WHERE user_id = ?', userId);
}

/** A token that nobody guesses (256 bits), with a prefix by which secret scanners know it. */
export function opaqueToken(prefix: string): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

/** What is stored of a token. It has more entropy than any password, so a fast hash will do. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
