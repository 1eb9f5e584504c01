import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { startRedisServer, type RedisServer } from '../../tests/support/redis-server.js';
import { describeWith } from '../../tests/support/requires.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { until } from '../../tests/support/until.js';

interface Device {
  id: number;
  current: boolean;
  browser: string | null;
  os: string | null;
  address: string;
  createdAt: string;
  lastSeenAt: string;
}
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

const devicesOf = async (client: Client) =>
  (await client.get('/api/auth/sessions')).json<{ sessions: Device[] }>().sessions;
const isSignedIn = async (client: Client) => (await client.get('/api/auth/me')).status === 200;

describe('devices, with sessions in SQLite', () => {
  suite(() => ({}));
});
describeWith('redis-server', 'devices, with sessions in Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis.stop());
  suite(() => ({ REDIS_URL: redis.url }));
});

function suite(settings: () => Record<string, string>): void {
  /** Two servers on one database, as two workers are. */
  let here: TestApp;
  let there: TestApp;
  let count = 0;
  beforeAll(async () => {
    here = await startTestApp(settings());
    there = await startTestApp({ ...settings(), DATA_DIR: here.dataDir });
  });
  afterAll(async () => {
    await there.stop();
    await here.stop();
  });

  /** One account, signed in with a computer, a telephone and a script. */
  async function threeDevices() {
    count += 1;
    const username = `device${count}`;
    const account = { username, email: `${username}@example.com`, password: PASSWORD };
    const computer = here.browser({ 'User-Agent': FIREFOX });
    const phone = there.browser({ 'User-Agent': SAFARI });
    await computer.post('/api/auth/register', account);
    await phone.post('/api/auth/login', { username, password: PASSWORD });
    const login = await here.program({ 'User-Agent': 'curl/8.5.0' }).post('/api/auth/login', account);
    const { token } = login.json<{ token: string }>();
    const script = there.program({ Authorization: `Bearer ${token}` });
    return { computer, phone, script, account };
  }

  it('are listed with kind, address, last activity, and which one is the caller’s', async () => {
    const { computer, script } = await threeDevices();
    const devices = await devicesOf(computer);

    expect(devices).toHaveLength(3);
    expect(Object.keys(devices[0] ?? {}).toSorted()).toEqual(
      ['address', 'browser', 'createdAt', 'current', 'id', 'lastSeenAt', 'os'].toSorted(),
    );
    expect(devices.map(({ browser, os }) => [browser, os])).toEqual(
      expect.arrayContaining([
        ['Firefox', 'Linux'],
        ['Safari', 'iOS'],
        ['curl', null],
      ]),
    );
    expect(devices.filter(({ current }) => current)).toMatchObject([{ browser: 'Firefox', address: '127.0.0.1' }]);
    expect((await devicesOf(script)).filter(({ current }) => current)).toMatchObject([{ browser: 'curl' }]);
    for (const { createdAt, lastSeenAt } of devices) {
      expect(Date.parse(lastSeenAt)).toBeGreaterThanOrEqual(Date.parse(createdAt));
    }
  });

  it('are signed out one by one, on every server from the next request on', async () => {
    const { computer, phone, script } = await threeDevices();
    expect([await isSignedIn(phone), await isSignedIn(script)]).toEqual([true, true]);
    const idOf = async (name: string) => (await devicesOf(computer)).find(({ browser }) => browser === name)?.id;

    expect((await computer.delete(`/api/auth/sessions/${await idOf('Safari')}`)).status).toBe(204);
    expect([await isSignedIn(computer), await isSignedIn(phone), await isSignedIn(script)]).toEqual([
      true,
      false,
      true,
    ]);

    expect((await computer.delete(`/api/auth/sessions/${await idOf('curl')}`)).status).toBe(204);
    expect([await isSignedIn(computer), await isSignedIn(script)]).toEqual([true, false]);
    expect(await devicesOf(computer)).toHaveLength(1);
  });

  it('are signed out all at once, except the caller’s', async () => {
    const { computer, phone, script } = await threeDevices();

    expect((await phone.delete('/api/auth/sessions')).status).toBe(204);

    expect([await isSignedIn(computer), await isSignedIn(phone), await isSignedIn(script)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('sign themselves out, with their cookie', async () => {
    const { computer } = await threeDevices();
    const [own] = (await devicesOf(computer)).filter(({ current }) => current);

    expect((await computer.delete(`/api/auth/sessions/${own?.id}`)).status).toBe(204);

    expect([...computer.cookies.keys()].filter((name) => name.startsWith('sid'))).toEqual([]);
    expect(await isSignedIn(computer)).toBe(false);
  });

  it('of other accounts are a 404', async () => {
    const [ada, eve] = [await threeDevices(), await threeDevices()];
    const [device] = await devicesOf(ada.computer);

    expect((await eve.computer.delete(`/api/auth/sessions/${device?.id}`)).status).toBe(404);
    expect((await eve.computer.delete('/api/auth/sessions/1')).status).toBe(404);
    await eve.computer.delete('/api/auth/sessions');

    expect([await isSignedIn(ada.computer), await isSignedIn(ada.phone)]).toEqual([true, true]);
  });

  it('leave the list when they sign out, change the password or sign in again', async () => {
    const { computer, phone, account } = await threeDevices();
    await phone.post('/api/auth/logout');
    expect(await devicesOf(computer)).toHaveLength(2);

    await computer.post('/api/auth/login', account);
    expect(await devicesOf(computer)).toHaveLength(2);

    await computer.post('/api/auth/password', { current: PASSWORD, password: 'a brand new one' });
    expect(await devicesOf(computer)).toMatchObject([{ browser: 'Firefox', current: true }]);
  });

  it('that are used get a new lastSeenAt, buffered in memory and written in batches', async () => {
    const quick = await startTestApp({ ...settings(), DATA_DIR: here.dataDir, SESSION_IDLE_HOURS: '0.0005' });
    const { computer } = await threeDevices();
    const idle = quick.browser({ 'User-Agent': SAFARI });
    await idle.post('/api/auth/login', { username: `device${count}`, password: PASSWORD });
    const seenAt = async () => {
      const all = await devicesOf(computer);
      return Date.parse(all.find(({ browser }) => browser === 'Safari')?.lastSeenAt ?? '');
    };
    const known = (await devicesOf(computer)).filter(({ browser }) => browser === 'Safari');
    expect(known).toHaveLength(2);
    const first = await seenAt();

    // A session that lives for 1.8 seconds is extended when a quarter of that is over.
    await until('the device was seen again', async () => (await isSignedIn(idle)) && (await seenAt()) > first);
    await quick.stop();
  });
}
