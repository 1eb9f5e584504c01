import { afterEach, describe, expect, it } from 'vitest';
import type { Answer, Client } from '../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../tests/support/start-test-app.js';

const PLACE = 3;
const ACCOUNT = 6;
const SETTINGS = {
  TRUST_PROXY_HOPS: '1',
  SIGN_IN_FAILURES_PER_PLACE: String(PLACE),
  SIGN_IN_FAILURES_PER_ACCOUNT: String(ACCOUNT),
};

let app: TestApp;
afterEach(() => app.stop());
const start = async (env: Record<string, string> = {}) => (app = await startTestApp({ ...SETTINGS, ...env }));

const at = (address: string) => ({ 'X-Forwarded-For': address });
const login = (client: Client, username: string, password: string, address: string): Promise<Answer> =>
  client.post('/api/auth/login', { username, password }, at(address));
const guess = async (client: Client, times: number, address: (time: number) => string, username = 'ada') => {
  const statuses = [];
  for (let time = 0; time < times; time += 1) {
    statuses.push((await login(client, username, `guess ${time}`, address(time))).status);
  }
  return statuses;
};
/** Fails often enough, from everywhere, that no unknown device is let in. */
const lockForUnknownDevices = () => guess(app.program(), ACCOUNT, (time) => `198.51.100.${time}`);
const flagsOf = (answer: Answer, name: string) =>
  answer.headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith(`${name}=`))
    ?.split('; ')
    .slice(1)
    .map((flag) => flag.replace(/^expires=.*/, 'expires'));

describe('the device cookie', () => {
  it('is hidden from scripts and other sites, and lasts a year', async () => {
    await start();
    const answer = await app.browser().post('/api/auth/register', account('ada'), at('203.0.113.1'));

    expect(flagsOf(answer, 'device')).toEqual(['path=/', 'expires', 'samesite=strict', 'httponly']);
    const [, expires = ''] = /device=[^;]+;.*?expires=([^;]+)/.exec(answer.headers.get('Set-Cookie') ?? '') ?? [];
    expect((Date.parse(expires) - Date.now()) / 86_400_000).toBeCloseTo(365, 0);
  });

  it('has the prefix by which browsers enforce its flags over https', async () => {
    await start({ PUBLIC_URL: 'https://example.com' });
    const browser = app.browser({ Origin: 'https://example.com' });

    const answer = await browser.post('/api/auth/register', account('ada'), at('203.0.113.1'));

    expect(flagsOf(answer, '__Host-Http-device')).toContain('secure');
  });

  it('is not given to programs, nor after a failed sign-in', async () => {
    await start();
    await app.member('ada');

    const program = await app.program().post('/api/auth/login', account('ada'));
    const failed = await login(app.browser(), 'ada', 'wrong', '203.0.113.1');

    expect(program.headers.getSetCookie()).toEqual([]);
    expect(failed.headers.getSetCookie().filter((cookie) => cookie.startsWith('device'))).toEqual([]);
  });

  it('signs no one in', async () => {
    await start();
    const ada = await app.member('ada');
    ada.cookies.delete('sid');

    expect((await ada.get('/api/auth/me')).status).toBe(401);
    expect((await login(ada, 'ada', 'wrong', '203.0.113.1')).status).toBe(401);
  });

  it('lets the owner in while unknown devices are locked out, from any address', async () => {
    await start();
    const ada = await app.member('ada');
    await ada.post('/api/auth/logout');
    await lockForUnknownDevices();

    expect((await login(app.browser(), 'ada', PASSWORD, '203.0.113.9')).status).toBe(429);
    expect((await login(ada, 'ada', PASSWORD, '203.0.113.9')).status).toBe(200);
  });

  it('is for the account that signed in, and for no other', async () => {
    await start();
    await app.member('ada');
    const eve = await app.member('eve');
    await lockForUnknownDevices();

    expect((await login(eve, 'ada', PASSWORD, '203.0.113.9')).status).toBe(429);
  });

  it('serves several people who share a browser', async () => {
    await start();
    const shared = app.browser();
    for (const name of ['ada', 'bob', 'cleo']) await shared.post('/api/auth/register', account(name));
    await lockForUnknownDevices();
    await guess(app.program(), ACCOUNT, (time) => `198.51.100.${time}`, 'cleo');

    for (const name of ['ada', 'bob', 'cleo']) {
      expect((await login(shared, name, PASSWORD, '203.0.113.9')).status, name).toBe(200);
    }
  });

  it('is worth nothing when forged or changed', async () => {
    await start();
    const ada = await app.member('ada');
    await lockForUnknownDevices();
    const [device = '', proof = ''] = (ada.cookies.get('device') ?? '').split('.');
    const other = 'A'.repeat(22);

    for (const forged of [
      device,
      `${device}.${other}`,
      `${other}.${proof}`,
      `${device}.${proof}.`,
      'x',
      '.'.repeat(50),
    ]) {
      const eve = app.browser();
      eve.cookies.set('device', forged);
      expect((await login(eve, 'ada', PASSWORD, '203.0.113.9')).status, forged).toBe(429);
    }
  });

  it('does not allow unlimited guessing', async () => {
    await start();
    const ada = await app.member('ada');
    const thief = app.browser();
    thief.cookies.set('device', ada.cookies.get('device') ?? '');

    const statuses = await guess(thief, PLACE + 2, (time) => `198.51.100.${time}`);

    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  it('outlives a change of keys while the old one is still listed', async () => {
    const [old, fresh] = ['o'.repeat(32), 'n'.repeat(32)];
    const first = await startTestApp({ ...SETTINGS, SESSION_KEYS: old });
    const ada = await first.member('ada');
    app = await startTestApp({ ...SETTINGS, SESSION_KEYS: `${fresh},${old}`, DATA_DIR: first.dataDir });
    await lockForUnknownDevices();
    const there = app.browser();
    for (const [name, value] of ada.cookies) there.cookies.set(name, value);

    expect((await login(there, 'ada', PASSWORD, '203.0.113.9')).status).toBe(200);
    await app.stop();
    app = first;
  });
});

describe('a network from which an account has signed in', () => {
  it('lets its programs in while unknown networks are locked out', async () => {
    await start();
    await app.program().post('/api/auth/register', account('ada'), at('203.0.113.1'));
    await login(app.program(), 'ada', PASSWORD, '203.0.113.2');
    await lockForUnknownDevices();

    expect((await login(app.program(), 'ada', PASSWORD, '203.0.113.1')).status).toBe(200);
    expect((await login(app.program(), 'ada', PASSWORD, '203.0.113.2')).status).toBe(200);
    expect((await login(app.program(), 'ada', PASSWORD, '203.0.113.3')).status).toBe(429);
  });

  it('has a limit of its own', async () => {
    await start();
    await app.program().post('/api/auth/register', account('ada'), at('203.0.113.1'));

    expect(await guess(app.program(), PLACE + 1, () => '203.0.113.1')).toEqual([401, 401, 401, 429]);
  });

  it('is stored across a restart, under a hash that reveals no address', async () => {
    const first = await startTestApp(SETTINGS);
    await first.program().post('/api/auth/register', account('ada'), at('203.0.113.1'));
    app = await startTestApp({ ...SETTINGS, DATA_DIR: first.dataDir });
    await lockForUnknownDevices();

    expect((await login(app.program(), 'ada', PASSWORD, '203.0.113.1')).status).toBe(200);
    const [rows] = await app.database.sequelize.query('SELECT place FROM sign_in_places');
    expect(rows).toEqual([{ place: expect.stringMatching(/^[\w-]{22}$/) }]);
    await app.stop();
    app = first;
  });

  it('is forgotten after thirty days, and when there are more than twenty newer ones', async () => {
    await start();
    await app.program().post('/api/auth/register', account('ada'), at('203.0.113.1'));
    for (let host = 2; host <= 22; host += 1) await login(app.program(), 'ada', PASSWORD, `203.0.113.${host}`);
    await lockForUnknownDevices();
    expect((await login(app.program(), 'ada', PASSWORD, '203.0.113.1')).status).toBe(429);
    expect((await login(app.program(), 'ada', PASSWORD, '203.0.113.22')).status).toBe(200);

    await app.database.sequelize.query(`UPDATE sign_in_places SET seen_at = ${Date.now() - 31 * 86_400_000}`);

    expect((await login(app.program(), 'ada', PASSWORD, '203.0.113.22')).status).toBe(429);
  });
});

function account(username: string) {
  return { username, email: `${username}@example.com`, password: PASSWORD };
}
