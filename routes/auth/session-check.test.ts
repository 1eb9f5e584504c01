import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { tokenFor } from '../../tests/support/tokens.js';

const HOUR_MS = 3_600_000;
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ SESSION_IDLE_HOURS: '2', SESSION_MAX_HOURS: '3' });
});
afterAll(() => app.stop());
afterEach(() => void vi.useRealTimers());

const stored = async () => (await app.database.sequelize.query('SELECT * FROM sessions ORDER BY id'))[0];
const goOn = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });

describe('GET /api/auth/session', () => {
  it('returns 200 to a signed-out caller', async () => {
    for (const client of [app.browser(), app.program(), app.program({ Authorization: 'Bearer nonsense' })]) {
      const answer = await client.get('/api/auth/session');

      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({ signedIn: false, user: null, expiresAt: null });
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  it('returns the user and when the session ends: the earlier of its two limits', async () => {
    const ada = await app.member('ada');
    const began = Date.now();
    const endsIn = async () => {
      const answer = (await ada.get('/api/auth/session?extend=false')).json<{ expiresAt: string }>();
      expect(answer).toMatchObject({ signedIn: true, user: { username: 'ada' } });
      return (Date.parse(answer.expiresAt) - began) / HOUR_MS;
    };
    expect(await endsIn()).toBeCloseTo(2, 1); // hours: idle

    goOn(1.5 * HOUR_MS);
    await ada.get('/api/auth/me'); // extends

    expect(await endsIn()).toBeCloseTo(3, 1); // after the sign-in, at the latest
  });

  it('with extend=false extends nothing and sets no cookie; without, it may', async () => {
    const eve = await app.member('eve');
    goOn(HOUR_MS);
    const before = await stored();

    const looked = await eve.get('/api/auth/session?extend=false');
    expect(looked.headers.getSetCookie()).toEqual([]);
    expect(await stored()).toEqual(before);

    const used = await eve.get('/api/auth/session');
    expect(used.headers.getSetCookie()).not.toEqual([]);
    expect(await stored()).not.toEqual(before);
  });

  it('is extended by any request of its own, also one that is refused, and not before it is due', async () => {
    const max = await app.member('max');
    const requests = [
      () => max.patch(`/api/users/${max.id}`, { name: 'Max' }),
      () => max.patch('/api/users/999999', { name: 'Max' }),
    ];
    for (const request of requests) {
      const before = await stored();
      expect((await request()).headers.getSetCookie()).toEqual([]);
      expect(await stored()).toEqual(before);

      goOn(HOUR_MS / 2);
      expect((await request()).headers.getSetCookie()).not.toEqual([]);
      expect(await stored()).not.toEqual(before);
    }
  });

  it('recognizes a program by its token, and returns when that expires', async () => {
    const { id } = await app.member('prog');
    const program = app.program({ Authorization: `Bearer ${await tokenFor(app, id)}` });
    const { expiresAt, ...rest } = (await program.get('/api/auth/session')).json<{ expiresAt: string }>();

    expect(rest).toMatchObject({ signedIn: true, user: { id } });
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(14 * 60_000);
  });

  it('refuses unknown parameters', async () => {
    expect((await app.browser().get('/api/auth/session?extend=maybe')).status).toBe(400);
  });
});
