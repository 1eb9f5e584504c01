import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../models/index.js';
import { CASES } from '../tests/support/access-table.js';
import { holdBody, holdWrite, openAnother, startHoldingApp, heldCasesOf } from '../tests/support/held-requests.js';
import type { TestApp } from '../tests/support/start-test-app.js';

/** One revocation for each unsafe route; `tests/faults/held-requests.test.ts` tries them all. */
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

const bySession = () =>
  heldCasesOf(app, CASES).filter(
    ({ credential, revocation }) =>
      credential === 'session' && (revocation === 'deactivation' || revocation === 'demotion'),
  );

describe('rights that are taken away', () => {
  it('while the end of a body is held back do not act', { timeout: 60_000 }, async () => {
    const wrong: (string | undefined)[] = [];
    for (const heldCase of bySession().filter(({ route }) => route.method !== 'DELETE')) {
      wrong.push(await holdBody(app, heldCase));
    }

    expect(wrong.filter(Boolean)).toEqual([]);
    expect(wrong.length).toBeGreaterThan(20);
  });

  it('while a request waits for its turn to write do not act', { timeout: 60_000 }, async () => {
    const wrong: (string | undefined)[] = [];
    for (const heldCase of bySession().filter(({ tried }) => !tried.readsOnly)) {
      wrong.push(await holdWrite(app, other, heldCase));
    }

    expect(wrong.filter(Boolean)).toEqual([]);
    expect(wrong.length).toBeGreaterThan(30);
  });
});
