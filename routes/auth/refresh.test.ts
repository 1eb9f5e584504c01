import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { countRows } from '../../tests/support/rows.js';

let app: TestApp;
let lines: string[];
beforeAll(async () => {
  lines = [];
  app = await startTestApp({ RATE_LIMIT_PER_MINUTE: '100000', TRUST_PROXY_HOPS: '1' }, (line) => lines.push(line));
});
afterAll(() => app.stop());

interface Tokens {
  token: string;
  refreshToken: string;
  expiresIn: number;
}

let count = 0;
/** A program that has just registered. */
async function register(): Promise<Tokens & { user: { id: number; username: string } }> {
  count += 1;
  const account = { username: `prog${count}`, email: `prog${count}@example.com`, password: PASSWORD };
  return (await app.program().post('/api/auth/register', account)).json();
}
const refresh = (refreshToken: string): Promise<Answer> => app.program().post('/api/auth/refresh', { refreshToken });
const refreshed = async (token: string): Promise<Tokens> => (await refresh(token)).json();
const statusOf = async (token: string) =>
  (await app.program().get('/api/auth/me', { Authorization: `Bearer ${token}` })).status;

/** Lets the clock of the process go on by so much; what the database and Redis do is none of its business. */
async function later<Result>(ms: number, work: () => Promise<Result>): Promise<Result> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
  try {
    return await work();
  } finally {
    vi.useRealTimers();
  }
}
const GRACE_MS = 10_000;
const DAY_MS = 24 * 3_600_000;

describe('a program', () => {
  it('gets both tokens when it registers and when it signs in, and no cookie', async () => {
    const { user } = await register();
    const answer = await app.program().post('/api/auth/login', { username: user.username, password: PASSWORD });

    expect(Object.keys(answer.json()).toSorted()).toEqual(['expiresIn', 'message', 'refreshToken', 'token', 'user']);
    expect(answer.json()).toMatchObject({ expiresIn: 900 });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('gets new tokens for its refresh token, and they work', async () => {
    const first = await register();
    const answer = await refresh(first.refreshToken);
    const second = answer.json<Tokens>();

    expect(answer.status).toBe(200);
    expect(Object.keys(second).toSorted()).toEqual(['expiresIn', 'refreshToken', 'token']);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.token).not.toBe(first.token);
    expect([await statusOf(first.token), await statusOf(second.token)]).toEqual([200, 200]);
    expect((await refresh(second.refreshToken)).status).toBe(200);
  });

  it('that refreshes in two places at once stays signed in, in both', async () => {
    const { refreshToken } = await register();
    const both = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);

    const [one, two] = both.map((answer) => answer.json<Tokens>().refreshToken);
    expect(one).not.toBe(two);
    expect((await refresh(one ?? '')).status).toBe(200);
    expect((await refresh(two ?? '')).status).toBe(200);
  });

  it('is signed out by its access token, which revokes its refresh tokens too', async () => {
    const { token, refreshToken } = await register();
    const answer = await app.program().post('/api/auth/logout', {}, { Authorization: `Bearer ${token}` });

    expect(answer.status).toBe(200);
    expect(await statusOf(token)).toBe(401);
    expect((await refresh(refreshToken)).json()).toMatchObject({ code: 'invalid_token' });
  });
});

describe('a refresh token that has been spent', () => {
  async function expectBothOut(spent: string, latest: Tokens): Promise<void> {
    const answer = await refresh(spent);

    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'token_reused' });
    expect((await refresh(latest.refreshToken)).status).toBe(401);
    expect(await statusOf(latest.token)).toBe(401);
  }

  it('ends its family when its successor has been used, even at once', async () => {
    const first = await register();
    const second = await refreshed(first.refreshToken);
    const third = await refreshed(second.refreshToken);

    await expectBothOut(first.refreshToken, third);
  });

  it('ends its family when ten seconds have passed, and not before', async () => {
    const first = await register();
    const second = await refreshed(first.refreshToken);

    await later(GRACE_MS - 1_000, async () => expect((await refresh(first.refreshToken)).status).toBe(200));
    await later(GRACE_MS + 1_000, () => expectBothOut(first.refreshToken, second));
  });

  it('ends its family when it comes back from another address, however soon', async () => {
    const first = await register();
    const from = (address: string) =>
      app.program({ 'X-Forwarded-For': address }).post('/api/auth/refresh', { refreshToken: first.refreshToken });
    const second = (await from('203.0.113.1')).json<Tokens>();

    expect((await from('203.0.113.1')).status).toBe(200);
    const answer = await from('198.51.100.7');
    expect(answer.json()).toMatchObject({ code: 'token_reused' });
    expect(await statusOf(second.token)).toBe(401);
  });

  it('leaves other sign-ins of the account alone', async () => {
    const first = await register();
    const body = { username: first.user.username, password: PASSWORD };
    const elsewhere = (await app.program().post('/api/auth/login', body)).json<Tokens>();
    await expectBothOut(first.refreshToken, await refreshed((await refreshed(first.refreshToken)).refreshToken));

    expect(await statusOf(elsewhere.token)).toBe(200);
    expect((await refresh(elsewhere.refreshToken)).status).toBe(200);
  });

  it('is a warning in the log, with the account and both addresses and no secret', async () => {
    const first = await register();
    const third = await refreshed((await refreshed(first.refreshToken)).refreshToken);
    lines.length = 0;
    await refresh(first.refreshToken);

    const [warning] = lines.map((line) => JSON.parse(line) as { level: number; userId?: number; addresses?: string[] });
    expect(warning).toMatchObject({ level: 40, userId: first.user.id, addresses: ['127.0.0.1', '127.0.0.1'] });
    for (const secret of [first, third].flatMap(({ token, refreshToken }) => [token, refreshToken])) {
      expect(lines.join('')).not.toContain(secret);
    }
  });
});

describe('a refresh token', () => {
  it.each([
    ['that is none', 'nonsense'],
    ['that was never given', `alr_${'A'.repeat(43)}`],
    ['of another kind', `alm_${'A'.repeat(43)}`],
    ['that is SQL', "' OR 1=1 --"],
  ])('%s is refused', async (_name, token) => {
    const answer = await refresh(token);

    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'invalid_token' });
  });

  it('lives for thirty days', async () => {
    const { refreshToken } = await register();

    await later(30 * DAY_MS + 1_000, async () =>
      expect((await refresh(refreshToken)).json()).toMatchObject({ code: 'token_expired' }),
    );
    await later(30 * DAY_MS - 60_000, async () => expect((await refresh(refreshToken)).status).toBe(200));
  });

  it('is stored as a hash only', async () => {
    const { refreshToken } = await register();
    const [rows] = await app.database.sequelize.query('SELECT * FROM refresh_tokens');

    expect(JSON.stringify(rows)).not.toContain(refreshToken.slice(4));
  });

  it('is revoked by a password change, a deactivation and a deletion', async () => {
    const admin = await app.admin();
    const endings = [
      (id: number) => admin.patch(`/api/users/${id}`, { password: 'a brand new one' }),
      (id: number) => admin.patch(`/api/users/${id}`, { isActive: false }),
      (id: number) => admin.delete(`/api/users/${id}`),
    ];
    for (const end of endings) {
      const { user, refreshToken } = await register();
      expect((await end(user.id)).status).toBeLessThan(300);

      expect((await refresh(refreshToken)).json()).toMatchObject({ code: 'invalid_token' });
    }
  });

  it('is refused from a browser: no page can obtain a token', async () => {
    const { refreshToken } = await register();
    const body = { refreshToken };
    const page = { 'Sec-Fetch-Site': 'same-origin', Origin: app.url };
    const answers = await Promise.all([
      app.browser().post('/api/auth/refresh', body),
      app.program(page).post('/api/auth/refresh', body),
      app.program({ Origin: 'https://evil.example' }).post('/api/auth/refresh', body),
      app.program({ Cookie: 'sid=anything' }).post('/api/auth/refresh', body),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    for (const { text } of answers) expect(text).not.toMatch(/eyJ|alr_/);
    expect((await refresh(refreshToken)).status).toBe(200);
  });
});

describe('the sweeper', () => {
  it('removes what has expired and nothing else', async () => {
    const gone = await register();
    await app.services.credentialSweeper.sweep();
    expect(await statusOf(gone.token)).toBe(200);

    await later(100 * DAY_MS, () => app.services.credentialSweeper.sweep());

    expect(await countRows(app.database, 'refresh_tokens')).toBe(0);
    expect((await refresh(gone.refreshToken)).json()).toMatchObject({ code: 'invalid_token' });
  });
});
