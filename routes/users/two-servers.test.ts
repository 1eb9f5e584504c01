import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { startRedisServer } from '../../tests/support/redis-server.js';
import { describeWith } from '../../tests/support/requires.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

interface User {
  id: number;
  username: string;
  name: string | null;
  role: string;
}
const userIn = (answer: { json: () => object }) => (answer.json() as { user: User }).user;

/** Two servers on one database: what is answered by one holds at the very next request to the other. */
function suite(settings: () => Record<string, string>): void {
  let here: TestApp;
  let there: TestApp;
  let admin: Client;
  beforeAll(async () => {
    here = await startTestApp(settings());
    there = await startTestApp({ ...settings(), DATA_DIR: here.dataDir });
    admin = await here.admin();
  });
  afterAll(async () => {
    await there.stop();
    await here.stop();
  });

  /** The same browser, sent to the other server by a load balancer. */
  function onTheOther(client: Client): Client {
    const other = there.browser();
    for (const [name, value] of client.cookies) other.cookies.set(name, value);
    return other;
  }

  let count = 0;
  const nextName = () => `person${(count += 1)}`;
  async function program(username: string): Promise<Client> {
    const login = await here.program().post('/api/auth/login', { username, password: PASSWORD });
    return there.program({ Authorization: `Bearer ${login.json<{ token: string }>().token}` });
  }

  it('know a person who has registered at one of them, also by an id that was asked for before', async () => {
    const last = await here.member(nextName());
    for (const app of [here, there]) {
      for (let ahead = 1; ahead < 4; ahead += 1) {
        expect((await app.program().get(`/api/users/${last.id + ahead}`)).status).toBe(404);
      }
    }

    const ada = await here.member(nextName());
    expect(ada.id).toBe(last.id + 1);
    expect((await ada.get('/api/auth/me')).status).toBe(200);
    expect((await onTheOther(ada).get('/api/auth/me')).status).toBe(200);
    expect((await there.program().get(`/api/users/${ada.id}`)).status).toBe(200);

    const made = await admin.post('/api/users', {
      username: nextName(),
      email: 'made@example.com',
      password: PASSWORD,
    });
    expect((await there.program().get(`/api/users/${userIn(made).id}`)).status).toBe(200);
    expect((await here.program().get(`/api/users/${userIn(made).id}`)).status).toBe(200);
  });

  it('show a profile as it was last changed, ten times over', async () => {
    const ada = await here.member(nextName());
    const other = onTheOther(ada);
    for (let time = 0; time < 10; time += 1) {
      const [writer, reader] = time % 2 ? [ada, other] : [other, ada];
      await writer.patch(`/api/users/${ada.id}`, { name: `Name ${time}` });

      expect(userIn(await reader.get('/api/auth/me')).name).toBe(`Name ${time}`);
      expect(userIn(await reader.get(`/api/users/${ada.id}`)).name).toBe(`Name ${time}`);
    }
  });

  it('show the last sign-in', async () => {
    const ada = await here.member(nextName());
    const other = onTheOther(ada);
    const before = (await other.get('/api/auth/me')).json<{ user: { lastLogin: string } }>().user.lastLogin;
    await program(`person${count}`);

    const after = (await other.get('/api/auth/me')).json<{ user: { lastLogin: string } }>().user.lastLogin;
    expect(Date.parse(after)).toBeGreaterThan(Date.parse(before));
  });

  const endings: [string, (user: { id: number }, client: Client) => Promise<unknown>][] = [
    ['an account is switched off', ({ id }) => admin.patch(`/api/users/${id}`, { isActive: false })],
    ['an account is deleted', ({ id }) => admin.delete(`/api/users/${id}`)],
    ['a password is set', ({ id }) => admin.patch(`/api/users/${id}`, { password: 'a brand new one' })],
    [
      'a person changes the password',
      (_user, client) => client.post('/api/auth/password', { current: PASSWORD, password: 'a brand new one' }),
    ],
  ];
  it.each(endings)('both end every session and token at once when %s', async (_name, end) => {
    const ada = await here.member(nextName());
    const phone = here.browser();
    await phone.post('/api/auth/login', { username: `person${count}`, password: PASSWORD });
    const [other, token] = [onTheOther(phone), await program(`person${count}`)];
    for (const client of [phone, other, token]) expect((await client.get('/api/auth/me')).status).toBe(200);

    await end(ada, ada);

    const answers = await Promise.all([other, token, phone].map((client) => client.get('/api/auth/me')));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(answers[1]?.json()).toMatchObject({ code: 'invalid_token' });
  });

  it('both end a session that is signed out at one of them', async () => {
    const ada = await here.member(nextName());
    const other = onTheOther(ada);
    expect((await other.get('/api/auth/me')).status).toBe(200);

    await ada.post('/api/auth/logout');

    expect((await other.get('/api/auth/me')).status).toBe(401);
  });

  it('both refuse a right that one of them has taken away', async () => {
    const boss = await here.member(nextName());
    await admin.patch(`/api/users/${boss.id}`, { role: 'admin' });
    const other = onTheOther(boss);
    expect((await other.get('/api/users')).status).toBe(200);

    await admin.patch(`/api/users/${boss.id}`, { role: 'user' });

    expect((await other.get('/api/users')).status).toBe(403);
  });

  it('lose no change when both write at the same instant', async () => {
    const ada = await here.member(nextName());
    const other = onTheOther(ada);
    const path = `/api/users/${ada.id}`;
    const changes = [{ name: 'Name' }, { age: 40 }, { profile: { bio: 'Bio' } }, { profile: { location: 'Here' } }];

    const answers = await Promise.all(changes.map((change, index) => (index % 2 ? ada : other).patch(path, change)));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const expected = { name: 'Name', age: 40, profile: { bio: 'Bio', location: 'Here' } };
    for (const client of [ada, other]) expect(userIn(await client.get('/api/auth/me'))).toMatchObject(expected);
  });

  it('give a name to one of many who ask at both at the same instant', async () => {
    const username = nextName();
    const answers = await Promise.all(
      [here, there, here, there].map((app, index) =>
        app
          .program()
          .post('/api/auth/register', { username, email: `${username}-${index}@example.com`, password: PASSWORD }),
      ),
    );

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 400, 400, 400]);
  });
}

describe('two servers with one database', () => {
  suite(() => ({}));
});

describeWith('redis-server', 'two servers with one database and one Redis', () => {
  let url: string;
  beforeAll(async () => {
    const redis = await startRedisServer();
    url = redis.url;
    return () => redis.stop();
  });

  suite(() => ({ REDIS_URL: url }));
});
