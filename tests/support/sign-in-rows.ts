import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openTokenKeys } from '../../app/token-keys.js';
import { openDatabase } from '../../models/index.js';
import type { Role } from '../../models/users/user.js';
import { DatabaseBusy } from '../../models/queries.js';
import { createAccessTokens } from '../../services/accounts/access-tokens.js';
import { createSigningKeys } from '../../services/accounts/signing-keys.js';
import { insertUser } from '../../services/users/user-rows.js';

/**
 * Makes accounts and sign-ins beside the servers, in their database and with their keys: by way of a password each one
 * would cost tens of milliseconds.
 */
export function stageSignInRows(dataDir: string) {
  const { models, close } = openDatabase(join(dataDir, 'allium.sqlite'));
  onTestFinished(close);
  const keys = createSigningKeys({ files: openTokenKeys(join(dataDir, 'token-keys')) });
  const accessTokens = createAccessTokens({ keys, publicUrl: undefined });
  /** The servers write as much as they can, and may keep this process from it for long. */
  const write: typeof models.write = (work, changes) =>
    models.write(work, changes).catch((error: unknown) => {
      if (!String(error).includes('SQLITE_BUSY') && !(error instanceof DatabaseBusy)) throw error;
      return write(work, changes);
    });

  return {
    /** @returns the id of a new account, which has no password. */
    async account(username: string, role: Role = 'user'): Promise<number> {
      const fields = { username, email: `${username}@example.com`, role, passwordHash: 'none' };
      return (await write((transaction) => insertUser(models, fields, transaction))).id;
    },

    /** @returns the access token of a new sign-in. */
    async signIn(userId: number): Promise<string> {
      const signInId = randomInt(1, 2 ** 48 - 1);
      const now = Date.now();
      const device = { kind: 'tokens' as const, browser: null, os: null, address: '127.0.0.1' };
      const times = { createdAt: now, lastSeenAt: now, expiresAt: now + 3_600_000 };
      await write((transaction) => models.signIns.insert(transaction, { id: signInId, userId, ...device, ...times }));
      return accessTokens.issue({ userId, signInId }).token;
    },
  };
}
