import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Answer, Client } from '../../tests/support/client.js';
import { startRedisServer, type RedisServer } from '../../tests/support/redis-server.js';
import { describeWith } from '../../tests/support/requires.js';
import { countRows } from '../../tests/support/rows.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

const started: TestApp[] = [];
async function start(env: Record<string, string> = {}): Promise<TestApp> {
  const app = await startTestApp(env);
  started.push(app);
  return app;
}
afterAll(() => Promise.all(started.map((app) => app.stop())));

const isSignedIn = async (client: Client) => (await client.get('/api/auth/me')).status === 200;

/** Another browser with the same cookies, as a thief who copied them would have. */
function copyOf(client: Client, app: TestApp): Client {
  const copy = app.browser();
  for (const [name, value] of client.cookies) copy.cookies.set(name, value);
  return copy;
}

function flagsOf(answer: Answer, name: string): string[] {
  const cookie = answer.headers.getSetCookie().find((text) => text.startsWith(`${name}=`)) ?? '';
  return cookie
    .split(/;\s*/)
    .slice(1)
    .map((flag) => flag.toLowerCase());
}

function suite(settings: () => Record<string, string>): void {
  let app: TestApp;
  let count = 0;
  beforeAll(async () => {
    app = await start(settings());
  });
  const member = () => app.member(`user${(count += 1)}`);

  it('starts at sign-in and ends at sign-out', async () => {
    const ada = await member();
    const thief = copyOf(ada, app);
    expect(await isSignedIn(thief)).toBe(true);

    const answer = await ada.post('/api/auth/logout');

    expect(answer.status).toBe(200);
    expect([...ada.cookies.keys()]).toEqual(['device']);
    expect(await isSignedIn(thief)).toBe(false);
  });

  it('gets a new id at sign-in, and the old one is worth nothing any more', async () => {
    const ada = await member();
    const before = copyOf(ada, app);

    const answer = await ada.post('/api/auth/login', { username: `user${count}`, password: PASSWORD });

    expect(answer.status).toBe(200);
    expect(ada.cookies.get('sid')).not.toBe(before.cookies.get('sid'));
    expect(await isSignedIn(ada)).toBe(true);
    expect(await isSignedIn(before)).toBe(false);
  });

  it('is never taken from an id that the client chose', async () => {
    const ada = await member();
    const forged = app.browser();
    const chosen = randomUUID();
    forged.cookies.set('sid', chosen).set('sid.sig', ada.cookies.get('sid.sig') ?? '');

    await forged.post('/api/auth/login', { username: `user${count}`, password: PASSWORD });

    expect(forged.cookies.get('sid')).not.toBe(chosen);
    expect(await isSignedIn(forged)).toBe(true);
  });

  it('has its cookie signed again once, when the key has changed', async () => {
    const keys = ['an old key that is long enough to be one', 'a new key that is long enough to be one'];
    const old = await start({ ...settings(), SESSION_KEYS: keys[0] ?? '' });
    const ada = await old.member('rotated');
    const rotated = await start({ ...settings(), DATA_DIR: old.dataDir, SESSION_KEYS: keys.toReversed().join() });

    const answer = await copyOf(ada, rotated).get('/api/auth/me');

    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie().filter((text) => text.startsWith('sid.sig='))).toHaveLength(1);
  });

  it('is not found under a forged, changed or unsigned cookie', async () => {
    const ada = await member();
    const [sid = '', signature = ''] = [ada.cookies.get('sid'), ada.cookies.get('sid.sig')];
    const forgeries = [
      { sid },
      { sid, 'sid.sig': '' },
      { sid, 'sid.sig': `${signature}x` },
      { sid, 'sid.sig': signature.toLowerCase() },
      { sid: `${sid}x`, 'sid.sig': signature },
      { sid: 'undefined', 'sid.sig': signature },
    ];

    for (const cookies of forgeries) {
      const forged = app.browser();
      for (const [name, value] of Object.entries(cookies)) forged.cookies.set(name, value);
      expect(await isSignedIn(forged)).toBe(false);
    }
    expect(await isSignedIn(ada)).toBe(true);
  });

  it('stays ended for every request that was in flight at the sign-out', async () => {
    const ada = await member();
    const thief = copyOf(ada, app);
    const inFlight = Array.from({ length: 20 }, (_, index) =>
      index % 2 ? thief.get('/api/auth/me') : thief.patch(`/api/users/${ada.id}`, { age: index }),
    );

    await ada.post('/api/auth/logout');
    const answers = await Promise.all(inFlight);

    for (const { status } of answers) expect([200, 401]).toContain(status);
    expect(await isSignedIn(copyOf(thief, app))).toBe(false);
  });

  it('ends everywhere else when the password changes, and goes on here under a new id', async () => {
    const ada = await member();
    const phone = app.browser();
    await phone.post('/api/auth/login', { username: `user${count}`, password: PASSWORD });
    const thief = copyOf(ada, app);

    const answer = await ada.post('/api/auth/password', { current: PASSWORD, password: 'another long one' });

    expect(answer.status).toBe(200);
    expect(await isSignedIn(ada)).toBe(true);
    expect(await isSignedIn(phone)).toBe(false);
    expect(await isSignedIn(thief)).toBe(false);
  });

  it('does not come back when its account is switched on again', async () => {
    const [admin, ada] = [await app.admin(), await member()];
    await admin.patch(`/api/users/${ada.id}`, { isActive: false });
    const whileOff = await isSignedIn(copyOf(ada, app));
    await admin.patch(`/api/users/${ada.id}`, { isActive: true });

    expect(whileOff).toBe(false);
    expect(await isSignedIn(ada)).toBe(false);
  });

  it('stores nothing for anonymous callers', async () => {
    const visitor = app.browser();
    const answers = [
      await visitor.get('/api/auth/me'),
      await visitor.get('/', { Accept: 'text/html' }),
      await visitor.get('/api/nowhere'),
      await visitor.post('/api/auth/login', { username: 'unknown', password: 'wrong' }),
      await visitor.post('/api/auth/logout'),
      await visitor.request('OPTIONS', '/api/users'),
    ];

    for (const answer of answers) expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('gives programs no cookie, whatever they do', async () => {
    const program = app.program();
    const account = { username: `user${(count += 1)}`, email: `user${count}@example.com`, password: PASSWORD };
    const { token } = (await program.post('/api/auth/register', account)).json<{ token: string }>();
    const headers = { Authorization: `Bearer ${token}` };
    const answers = [
      await program.post('/api/auth/login', account),
      await program.get('/api/auth/me', headers),
      await program.post('/api/auth/password', { current: PASSWORD, password: 'another long one' }, headers),
      await program.post('/api/auth/logout', {}, headers),
    ];

    for (const answer of answers) expect(answer.headers.getSetCookie()).toEqual([]);
  });
}

describe('a session in the database', () => {
  it.each(['null', '5', '"x"', '[]', 'no JSON'])('is none where the database holds %s', async (data) => {
    const app = await start();
    const member = await app.member('member');
    await app.database.models.write((transaction) => transaction.execute('UPDATE sessions SET data = ?', data));

    await expect.poll(async () => (await member.get('/api/auth/me')).status).toBe(401); // it was read a moment ago
    expect((await member.get('/', { Accept: 'text/html' })).status).toBe(200);
    expect((await member.post('/api/auth/login', { username: 'member', password: PASSWORD })).status).toBe(200);
    expect((await member.get('/api/auth/me')).status).toBe(200);
  });

  suite(() => ({}));

  it('leaves no row for anonymous callers', async () => {
    const app = await start();
    await app.browser().post('/api/auth/login', { username: 'unknown', password: 'wrong' });
    await app.program().post('/api/auth/login', { username: 'unknown', password: 'wrong' });

    expect(await countRows(app.database, 'sessions')).toBe(0);
  });

  it('is swept away when it has expired', async () => {
    const app = await start({ SESSION_IDLE_HOURS: '0.00003' }); // a tenth of a second
    await app.member('ada');
    expect(await countRows(app.database, 'sessions')).toBe(1);

    await vi.waitFor(async () => {
      await app.services.sessions.sweep();
      expect(await countRows(app.database, 'sessions')).toBe(0);
    });
  });
});

describeWith('redis-server', 'a session in Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
    return () => redis.stop();
  });

  suite(() => ({ REDIS_URL: redis.url }));

  it('is not looked for by requests that carry none, so they are answered while Redis is away', async () => {
    const own = await startRedisServer();
    const app = await start({ REDIS_URL: own.url });
    const ada = await app.member('ada');
    await own.stop();

    const pages = await Promise.all([
      app.browser().get('/', { Accept: 'text/html' }),
      app.program().get('/health'),
      app.program().get('/favicon.svg'),
      app.program().get('/api/auth/me'),
    ]);
    const mine = await ada.get('/api/auth/me');

    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 401]);
    expect(mine.status).toBe(503);
    expect(mine.json()).toMatchObject({ code: 'unavailable' });
    expect(Number(mine.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(mine.headers.getSetCookie()).toEqual([]);

    const account = { username: 'ada', email: 'ada@example.com', password: PASSWORD };
    for (const answer of [
      await ada.post('/api/auth/logout'),
      await ada.patch(`/api/users/${ada.id}`, { name: 'Changed' }),
      await app.browser().post('/api/auth/login', account),
    ]) {
      expect(answer.status, answer.text).toBe(503);
      expect(answer.headers.getSetCookie().join()).not.toMatch(/sid=[^;]/);
    }

    const page = await ada.get('/', { Accept: 'text/html' });
    expect(page.status).toBe(200);
    expect(page.text).toContain('"session":"unknown"');
    expect(ada.cookies.has('sid')).toBe(true);
  });

  it('that could not be started leaves no account behind', async () => {
    const own = await startRedisServer();
    const app = await start({ REDIS_URL: own.url });
    await own.stop();
    const account = { username: 'ada', email: 'ada@example.com', password: PASSWORD };

    expect((await app.browser().post('/api/auth/register', account)).status).toBe(503);
    const setup = await app.browser().post('/api/setup', { ...account, token: app.services.setup.token });
    expect(setup.status).toBe(503);

    expect(await countRows(app.database, 'users')).toBe(0);
  });
});

describe('the session cookie', () => {
  it('over http is sid: for scripts invisible, for other sites held back', async () => {
    const app = await start();
    const answer = await register(app);

    expect(flagsOf(answer, 'sid')).toEqual(expect.arrayContaining(['path=/', 'httponly', 'samesite=strict']));
    expect(flagsOf(answer, 'sid').join()).not.toMatch(/domain|secure/);
    expect(answer.headers.getSetCookie().every((cookie) => /^(sid(\.sig)?|device)=/.test(cookie))).toBe(true);
  });

  it('over https carries the prefix that holds it to its flags, and Secure', async () => {
    const app = await start({ PUBLIC_URL: 'https://example.com' });
    const answer = await register(app, 'https://example.com');

    expect(answer.status).toBe(201);
    for (const name of ['__Host-Http-sid', '__Host-Http-sid.sig']) {
      expect(flagsOf(answer, name)).toEqual(
        expect.arrayContaining(['path=/', 'httponly', 'samesite=strict', 'secure']),
      );
      expect(flagsOf(answer, name).join()).not.toMatch(/domain/);
    }
  });

  it('is deleted with the flags it was set with, or browsers would keep it', async () => {
    const app = await start({ PUBLIC_URL: 'https://example.com' });
    const ada = app.browser({ Origin: 'https://example.com' });
    await ada.post('/api/auth/register', { username: 'ada', email: 'ada@example.com', password: PASSWORD });

    const answer = await ada.post('/api/auth/logout');

    expect(flagsOf(answer, '__Host-Http-sid')).toEqual(expect.arrayContaining(['path=/', 'secure', 'httponly']));
    expect([...ada.cookies.keys()]).toEqual(['__Host-Http-device']);
  });

  it('says nothing under another name', async () => {
    const app = await start();
    const ada = await app.member('ada');
    const other = app.browser();
    const [sid = '', signature = ''] = [ada.cookies.get('sid'), ada.cookies.get('sid.sig')];
    for (const name of ['SID', 'xsid', 'sid2', '__Host-Http-sid']) {
      other.cookies.clear();
      other.cookies.set(name, sid).set(`${name}.sig`, signature);
      expect(await isSignedIn(other)).toBe(false);
    }
  });

  it('is accepted under an older key, and signed with the newest one from the next sign-in on', async () => {
    const [older, newest] = ['o'.repeat(32), 'n'.repeat(32)];
    const before = await start({ SESSION_KEYS: older });
    const ada = await before.member('ada');
    const after = await start({ DATA_DIR: before.dataDir, SESSION_KEYS: `${newest},${older}` });
    const without = await start({ DATA_DIR: before.dataDir, SESSION_KEYS: newest });

    expect(await isSignedIn(copyOf(ada, after))).toBe(true);
    expect(await isSignedIn(copyOf(ada, without))).toBe(false);
  });

  async function register(app: TestApp, origin = app.url): Promise<Answer> {
    const account = { username: 'ada', email: 'ada@example.com', password: PASSWORD };
    return app.browser({ Origin: origin }).post('/api/auth/register', account);
  }
});

describe('the life of a session', () => {
  it('ends when it has not been used for as long as was set', async () => {
    const app = await start({ SESSION_IDLE_HOURS: '0.0004' }); // 1.44 s
    const ada = await app.member('ada');
    expect(await isSignedIn(ada)).toBe(true);
    const idleSince = Date.now();

    await vi.waitFor(async () => expect(await app.services.sessions.get(sessionKey(ada))).toBeNull(), {
      timeout: 5_000,
    });

    expect(Date.now() - idleSince).toBeGreaterThan(300);
    expect(await isSignedIn(copyOf(ada, app))).toBe(false);
  });

  it('goes on while it is used', async () => {
    const app = await start({ SESSION_IDLE_HOURS: '0.0006' }); // 2.16 s
    const ada = await app.member('ada');
    const began = Date.now();

    await vi.waitFor(
      async () => {
        expect(await isSignedIn(ada)).toBe(true);
        expect(Date.now() - began).toBeGreaterThan(3_000);
      },
      { timeout: 6_000, interval: 100 },
    );
  });

  it('ends at its full age, however much it is used', async () => {
    const app = await start({ SESSION_MAX_HOURS: '0.0005' }); // 1.8 s
    const ada = await app.member('ada');
    const began = Date.now();
    expect(await isSignedIn(ada)).toBe(true);

    await vi.waitFor(async () => expect(await isSignedIn(ada)).toBe(false), { timeout: 6_000, interval: 50 });

    expect(Date.now() - began).toBeGreaterThan(500);
  });

  function sessionKey(client: Client): string {
    return `allium:session:${client.cookies.get('sid')}`;
  }
});
