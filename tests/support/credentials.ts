import { randomBytes } from 'node:crypto';
import { createCookieKeys } from '../../middlewares/http/cookie-keys.js';
import { commandActor } from '../../services/actor.js';
import { credentialsChanged } from '../../services/cache/invalidation.js';
import type { TestApp } from './start-test-app.js';
import { A_PROGRAM, tokenFor } from './tokens.js';

/** For `SESSION_KEYS` of an app whose sessions are made here. */
export const SESSION_KEY = 'a key of these tests that is long enough';

/** Creates credentials for an account without hashing a password. */
export const CREDENTIALS = {
  async session(app: TestApp, userId: number): Promise<Record<string, string>> {
    const begun = await app.database.models.write(
      (transaction) => app.services.signIns.begin(transaction, userId, { ...A_PROGRAM, kind: 'session' }),
      credentialsChanged({ userId }),
    );
    const [id, now] = [randomBytes(16).toString('hex'), Date.now()];
    const session = { userId, signInId: begun.signInId, createdAt: now, seenAt: now };
    await app.services.sessions.set(`allium:session:${id}`, session, 60_000);
    const signature = createCookieKeys([SESSION_KEY]).sign(`sid=${id}`);
    const page = { Origin: app.url, 'Sec-Fetch-Site': 'same-origin', 'X-CSRF': '1' };
    return { ...page, Cookie: `sid=${id}; sid.sig=${signature}` };
  },

  async 'access token'(app: TestApp, userId: number) {
    return { Authorization: `Bearer ${await tokenFor(app, userId)}` };
  },

  async 'personal token'(app: TestApp, userId: number) {
    const viewer = await app.services.viewers.find(userId);
    if (!viewer) throw new Error(`no account ${userId}`);
    const wanted = { name: 'script', scopes: ['read', 'write'], expiresInDays: 1 } as const;
    const { token } = await app.services.personalTokens.create(commandActor(viewer), wanted);
    return { Authorization: `Bearer ${token}` };
  },
};
export type Credential = keyof typeof CREDENTIALS;
