import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../models/index.js';
import { nameOfAction } from '../support/access.js';
import { CASES } from '../support/access-table.js';
import {
  holdBody,
  holdInPasswordQueue,
  holdRefresh,
  holdWrite,
  openAnother,
  startHoldingApp,
  heldCasesOf,
  type HeldCase,
} from '../support/held-requests.js';
import type { TestApp } from '../support/start-test-app.js';

/** Permissions revoked while a request is in flight, for every unsafe route; new routes are included automatically. */
let app: TestApp;
let other: Database;
beforeAll(async () => {
  app = await startHoldingApp();
  other = await openAnother(app);
});
afterAll(async () => {
  await other.close();
  await app.stop();
});

/** All files that uploads have stored. */
const uploaded = () =>
  readdirSync(join(app.dataDir, 'uploads'), { encoding: 'utf8', recursive: true }).filter(
    (name) => name !== '.incoming',
  );

async function wrongAmong(
  heldCases: HeldCase[],
  hold: (heldCase: HeldCase) => Promise<string | undefined>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const heldCase of heldCases) {
    const found = await hold(heldCase);
    if (found !== undefined) wrong.push(found);
  }
  return wrong;
}

it('a body that is held back across a revocation writes nothing', { timeout: 900_000 }, async () => {
  const heldCases = heldCasesOf(app, CASES).filter(({ route }) => route.method !== 'DELETE'); // no body of which is read

  expect(await wrongAmong(heldCases, (heldCase) => holdBody(app, heldCase))).toEqual([]);
  expect(uploaded()).toEqual([]);
  expect(heldCases.length).toBeGreaterThan(150);
});

it('a request that waits for its turn to write writes nothing after a revocation', { timeout: 900_000 }, async () => {
  const heldCases = heldCasesOf(app, CASES).filter(
    ({ revocation, tried }) =>
      !tried.readsOnly && ['demotion', 'deactivation', 'deletion', 'password reset'].includes(revocation),
  );

  expect(await wrongAmong(heldCases, (heldCase) => holdWrite(app, other, heldCase))).toEqual([]);
  expect(uploaded()).toEqual([]);
  expect(heldCases.length).toBeGreaterThan(150);
});

it('a request that waits for its password to be hashed writes nothing after a revocation', async () => {
  const HASHING = ['POST /api/auth/password', 'POST /api/users', 'PATCH /api/users/:id'];
  const heldCases = heldCasesOf(app, CASES).filter(
    ({ route: { method, path }, tried, revocation }) =>
      HASHING.includes(`${method} ${path}`) &&
      (method === 'POST' || nameOfAction(tried) === 'set a password without the current one') &&
      ['demotion', 'deactivation', 'deletion', 'sign-out'].includes(revocation), // which hash nothing themselves
  );

  expect(await wrongAmong(heldCases, (heldCase) => holdInPasswordQueue(app, heldCase))).toEqual([]);
  expect(heldCases.length).toBeGreaterThan(15);
});

it.each(['deactivation', 'deletion', 'password reset'] as const)(
  'a refresh token that is held back across a %s is worth nothing',
  async (revocation) => {
    await expect(holdRefresh(app, revocation)).resolves.toMatch(/^HTTP\/1\.1 401 /);
  },
);
