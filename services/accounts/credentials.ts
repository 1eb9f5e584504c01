import { createHash, randomBytes } from 'node:crypto';
import type { Models } from '../../models/index.js';
import type { Transaction } from '../../models/queries.js';

/** Ends every session and token of an account. The write it is part of says so (invalidation.ts). */
export async function endCredentials(models: Models, transaction: Transaction, userId: number): Promise<void> {
  await models.signIns.removeAll(transaction, userId);
  await models.personalTokens.removeAll(transaction, userId);
}

/** A token that cannot be guessed (256 bits), with a prefix by which secret scanners know it. */
export function opaqueToken(prefix: string): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

/** What is stored of a token. It has more entropy than any password, so a fast hash will do. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
