import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { tokenFor } from '../../tests/support/tokens.js';
import { until } from '../../tests/support/until.js';

/** Two servers on one database, as two workers are. */
let here: TestApp;
let there: TestApp;
let ada: Client & { id: number };
beforeAll(async () => {
  here = await startTestApp();
  there = await startTestApp({ DATA_DIR: here.dataDir });
  ada = await here.member('ada');
});
afterAll(async () => {
  await there.stop();
  await here.stop();
});

interface Made {
  id: number;
  token: string;
}
const DAY_MS = 24 * 3_600_000;
const wanted = { name: 'Backup', scopes: ['read', 'write'], expiresInDays: 30 };
const make = async (owner: Client, fields: object = {}): Promise<Made> =>
  (await owner.post('/api/auth/tokens', { ...wanted, ...fields })).json();
const holder = ({ token }: Made, app = there) => app.program({ Authorization: `Bearer ${token}` });
const me = (made: Made) => holder(made).get('/api/auth/me');

describe('a personal access token', () => {
  it('is shown once at its creation; the list shows everything but the token', async () => {
    const grace = await here.member('grace');
    const answer = await grace.post('/api/auth/tokens', {
      name: ' Backup ',
      scopes: ['write', 'read'],
      expiresInDays: 7,
    });
    const { token, ...shown } = answer.json<Made & { expiresAt: string; createdAt: string }>();

    expect(answer.status).toBe(201);
    expect(answer.headers.get('Cache-Control')).toMatch(/no-store/);
    expect(token).toMatch(/^alm_[\w-]{43}$/);
    expect(shown).toMatchObject({ name: 'Backup', scopes: ['read', 'write'], lastUsedAt: null });
    expect(Date.parse(shown.expiresAt) - Date.parse(shown.createdAt)).toBe(7 * DAY_MS);
    expect((await grace.get('/api/auth/tokens')).json()).toEqual({ tokens: [shown] });
    const [rows] = await here.database.sequelize.query('SELECT * FROM personal_tokens');
    expect(JSON.stringify(rows)).not.toContain(token.slice(4));
  });

  it('authenticates as its owner, on every server', async () => {
    const made = await make(ada);

    for (const app of [here, there]) {
      const answer = await holder(made, app).get('/api/auth/me');
      expect(answer.json()).toMatchObject({ user: { id: ada.id } });
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  it('with the scope read changes nothing', async () => {
    const reader = holder(await make(ada, { scopes: ['read'] }));
    const post = { title: 'A title', content: 'Text', category: 'tech' };

    expect((await reader.get('/api/posts/feed')).status).toBe(200);
    const refused = await reader.post('/api/posts', post);
    expect([refused.status, refused.json()['code']]).toEqual([403, 'forbidden']);
    expect((await reader.post(`/api/users/${ada.id}/follow`)).status).toBe(403);
    expect((await holder(await make(ada)).post('/api/posts', post)).status).toBe(201);
  });

  it('with the scope write reads only public data', async () => {
    const writer = holder(await make(ada, { scopes: ['write'] }));

    expect((await writer.get('/api/auth/me')).status).toBe(403);
    expect((await writer.get('/api/posts')).status).toBe(200);
  });

  it('cannot create anything that outlives it', async () => {
    const admin = await here.admin();
    const script = holder(await make(admin));
    const [{ id } = { id: 0 }] = (await admin.get('/api/auth/sessions')).json<{ sessions: { id: number }[] }>()
      .sessions;
    const account = { username: 'backdoor', email: 'backdoor@example.com', password: PASSWORD };
    const answers = await Promise.all([
      script.get('/api/auth/tokens'),
      script.post('/api/auth/tokens', wanted),
      script.delete('/api/auth/tokens/1'),
      script.get('/api/auth/sessions'),
      script.delete('/api/auth/sessions'),
      script.delete(`/api/auth/sessions/${id}`),
      script.post('/api/auth/logout'),
      script.post('/api/auth/password', { current: PASSWORD, password: 'a brand new one' }),
      script.post('/api/users', account),
      script.patch(`/api/users/${ada.id}`, { password: 'a brand new one' }),
      script.patch(`/api/users/${ada.id}`, { role: 'admin' }),
      script.patch(`/api/users/${ada.id}`, { isActive: false }),
      script.put(`/api/users/${ada.id}`, { ...account, username: 'ada', email: 'ada@example.com' }),
      script.patch(`/api/users/${ada.id}`, { email: 'backdoor@example.com' }),
      script.patch(`/api/users/${ada.id}`, { username: 'backdoor' }),
      script.put(`/api/users/${ada.id}`, { username: 'ada', email: 'backdoor@example.com' }),
      script.patch('/api/users/1', { email: 'backdoor@example.com' }),
      script.delete(`/api/users/${ada.id}`),
      script.delete('/api/users/1'),
    ]);

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
    expect(answers.map((answer) => answer.json()['code'])).toEqual(answers.map(() => 'forbidden'));
    expect((await script.patch(`/api/users/${ada.id}`, { name: 'Ada' })).status).toBe(200);
  });

  it('changes nothing that its owner signs in by, and the rest of the account', async () => {
    const own = holder(await make(ada));
    const before = (await ada.get('/api/auth/me')).json<{ user: { username: string; email: string } }>().user;
    const { username, email } = before;

    for (const change of [{ email: 'new@example.com' }, { username: 'new_name' }, { password: 'another long one' }]) {
      const refused = await own.patch(`/api/users/${ada.id}`, change);
      expect([refused.status, refused.json()['code']]).toEqual([403, 'forbidden']);
    }
    expect((await own.delete(`/api/users/${ada.id}`)).status).toBe(403);
    expect((await own.put(`/api/users/${ada.id}`, { username, email, name: 'Ada L.' })).status).toBe(200);
    expect((await ada.get('/api/auth/me')).json()).toMatchObject({ user: { username, email, name: 'Ada L.' } });
  });

  it('is made with an access token, too, and belongs to its owner alone', async () => {
    const program = here.program({ Authorization: `Bearer ${await tokenFor(here, ada.id)}` });
    const made = await make(program);
    const eve = await here.member('eve');

    expect((await me(made)).status).toBe(200);
    expect((await eve.delete(`/api/auth/tokens/${made.id}`)).status).toBe(404);
    expect((await me(made)).status).toBe(200);
  });

  it('ends at every server with the next request when it is revoked', async () => {
    const made = await make(ada);
    expect((await me(made)).status).toBe(200);

    expect((await ada.delete(`/api/auth/tokens/${made.id}`)).status).toBe(204);

    expect((await me(made)).json()).toMatchObject({ code: 'invalid_token' });
    expect((await ada.delete(`/api/auth/tokens/${made.id}`)).status).toBe(404);
  });

  it('is revoked by a password change, a deactivation and a deletion', async () => {
    const admin = await here.admin();
    const own = { current: PASSWORD, password: 'a brand new one' };
    const endings: [string, (client: Client & { id: number }) => Promise<unknown>][] = [
      ['changed', (client) => client.post('/api/auth/password', own)],
      ['reset', ({ id }) => admin.patch(`/api/users/${id}`, { password: 'a brand new one' })],
      ['off-and-on', ({ id }) => switchOffAndOn(admin, id)],
      ['gone', ({ id }) => admin.delete(`/api/users/${id}`)],
    ];
    for (const [username, end] of endings) {
      const owner = await here.member(username);
      const made = await make(owner);
      expect((await me(made)).status).toBe(200);

      await end(owner);

      expect((await me(made)).json(), username).toMatchObject({ code: 'invalid_token' });
    }
  });

  it('expires', async () => {
    const made = await make(ada, { expiresInDays: 1 });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS });
    const answer = await me(made).finally(() => vi.useRealTimers());

    expect(answer.json()).toMatchObject({ code: 'token_expired' });
  });

  it('that is used gets a new lastUsedAt, buffered in memory and written in batches', async () => {
    const made = await make(ada);
    await me(made);

    const usedAt = await until('the use is written', async () => {
      const { tokens } = (await ada.get('/api/auth/tokens')).json<{ tokens: { id: number; lastUsedAt: string }[] }>();
      return tokens.find(({ id }) => id === made.id)?.lastUsedAt;
    });

    expect(Date.now() - Date.parse(usedAt)).toBeLessThan(60_000);
  });

  it.each(['alm_', 'alm_x', `alm_${'A'.repeat(43)}`, `alm_${'x'.repeat(8_000)}`])(
    '%s was never made',
    async (token) => {
      const answer = await holder({ id: 0, token }).get('/api/auth/me');

      expect(answer.status).toBe(401);
      expect(answer.json()).toMatchObject({ code: 'invalid_token' });
    },
  );

  it('is one of fifty at most', async () => {
    const many = await here.member('many');
    for (let number = 0; number < 50; number += 1) await make(many);
    const answer = await many.post('/api/auth/tokens', wanted);

    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'too_many_tokens' });
  });

  it.each([
    ['name', ''],
    ['name', 'x'.repeat(51)],
    ['scopes', []],
    ['scopes', ['admin']],
    ['scopes', ['read', 'read', 'write']],
    ['expiresInDays', 0],
    ['expiresInDays', 366],
    ['expiresInDays', 1.5],
  ])('is not made with the %s %j', async (field, value) => {
    const answer = await ada.post('/api/auth/tokens', { ...wanted, [field]: value });

    expect(answer.status).toBe(400);
    expect(answer.json<{ details: { path: string }[] }>().details[0]?.path).toContain(field);
  });
});

describe('a personal access token beside the current password', () => {
  it('cannot check it, and uses up none of the owner’s attempts', async () => {
    const owner = await here.member('oracle');
    const script = holder(await make(owner, { scopes: ['read', 'write'] }));
    const change = (currentPassword: string) =>
      script.patch(`/api/users/${owner.id}`, { email: 'other@example.com', currentPassword });

    for (let guess = 0; guess < 12; guess += 1) {
      expect((await change('a wrong guess')).json()).toMatchObject({ code: 'forbidden' });
    }
    expect((await change(PASSWORD)).json()).toMatchObject({ code: 'forbidden' });
    const answer = await owner.post('/api/auth/password', { current: PASSWORD, password: 'another long one' });
    expect(answer.status, answer.text).toBe(200);
  });
});

async function switchOffAndOn(admin: Client, id: number): Promise<void> {
  for (const isActive of [false, true]) await admin.patch(`/api/users/${id}`, { isActive });
}
