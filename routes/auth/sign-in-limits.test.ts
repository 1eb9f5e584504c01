import { afterEach, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
afterEach(() => app.stop());
const start = async (env: Record<string, string> = {}) => {
  app = await startTestApp({ TRUST_PROXY_HOPS: '1', ...env });
};

const account = (username: string) => ({ username, email: `${username}@example.com`, password: PASSWORD });
const at = (address: string) => ({ 'X-Forwarded-For': address });
const login = (username: string, password: string, address?: string, client: Client = app.program()) =>
  client.post('/api/auth/login', { username, password }, address === undefined ? {} : at(address));
/** Times in a row. */
async function statuses(times: number, attempt: (time: number) => Promise<{ status: number }>): Promise<number[]> {
  const seen = [];
  for (let time = 0; time < times; time += 1) seen.push((await attempt(time)).status);
  return seen;
}
const each = (status: number, times: number) => Array.from({ length: times }, () => status);

describe('failed sign-ins', () => {
  it('are limited for one account from one place, also on the machine itself', async () => {
    await start();
    await app.member('ada');

    expect(await statuses(10, () => login('ada', 'wrong'))).toEqual(each(401, 10));
    const refused = await login('ada', PASSWORD, undefined, app.program());

    expect(refused.status).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'rate_limited', requestId: expect.any(String) });
    const wait = Number(refused.headers.get('Retry-After'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(15 * 60);
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      'ratelimit-limit': '10',
      'ratelimit-remaining': '0',
      'ratelimit-reset': String(wait),
    });
  });

  it('are counted for one account however its name is written, and for no other', async () => {
    await start();
    await app.member('ada');
    await app.member('bob');
    await statuses(10, (time) => login(time % 2 ? 'ADA' : 'ada', 'wrong', '203.0.113.1'));

    expect((await login('Ada', 'wrong', '203.0.113.1')).status).toBe(429);
    expect((await login('bob', PASSWORD, '203.0.113.1')).status).toBe(200);
  });

  it('are limited for one account over all addresses', async () => {
    await start({ SIGN_IN_FAILURES_PER_ACCOUNT: '5' });
    await app.member('ada');

    const seen = await statuses(8, (time) => login('ada', 'wrong', `203.0.113.${time}`));

    expect(seen).toEqual([...each(401, 5), ...each(429, 3)]);
  });

  it('are limited for one address over all accounts, a whole IPv6 /64 being one', async () => {
    await start({ SIGN_IN_FAILURES_PER_ADDRESS: '5' });

    const seen = await statuses(8, (time) => login(`unknown${time}`, 'wrong', `2001:db8:0:1::${time}`));

    expect(seen).toEqual([...each(401, 5), ...each(429, 3)]);
    expect((await login('unknown', 'wrong', '2001:db8:0:2::1')).status).toBe(401);
  });

  it('of one address never count against an account once the address is refused', async () => {
    await start({ SIGN_IN_FAILURES_PER_ACCOUNT: '12' });
    await app.member('ada');
    await statuses(30, () => login('ada', 'wrong', '198.51.100.1'));

    expect((await login('ada', PASSWORD, '203.0.113.1')).status).toBe(200);
  });

  it('are the same for accounts that exist and others', async () => {
    await start({ SIGN_IN_FAILURES_PER_PLACE: '3', SIGN_IN_FAILURES_PER_ACCOUNT: '5' });
    await app.member('ada');
    const seen = async (name: string) => [
      ...(await statuses(5, () => login(name, 'wrong', '203.0.113.1'))),
      ...(await statuses(4, (time) => login(name, 'wrong', `203.0.113.${time + 2}`))),
    ];

    const known = await seen('ada');

    expect(known).toEqual([401, 401, 401, 429, 429, 401, 401, 429, 429]);
    expect(await seen('unknown')).toEqual(known);
  });

  it('ignore X-Forwarded-For while no proxy is declared', async () => {
    await start({ TRUST_PROXY_HOPS: '0', SIGN_IN_FAILURES_PER_PLACE: '3' });
    await app.member('ada');

    expect(await statuses(5, (time) => login('ada', 'wrong', `203.0.113.${time}`))).toEqual([401, 401, 401, 429, 429]);
  });

  it('trust the nearest proxy only, whatever the client claims before it', async () => {
    await start({ SIGN_IN_FAILURES_PER_PLACE: '3' });
    await app.member('ada');

    const seen = await statuses(5, (time) => login('ada', 'wrong', `198.51.100.${time}, 203.0.113.1`));

    expect(seen).toEqual([401, 401, 401, 429, 429]);
  });

  it('are forgotten after a sign-in with the right password', async () => {
    await start({ SIGN_IN_FAILURES_PER_PLACE: '3' });
    await app.member('ada');

    for (let round = 0; round < 3; round += 1) {
      expect(await statuses(2, () => login('ada', 'wrong', '203.0.113.1'))).toEqual([401, 401]);
      expect((await login('ada', PASSWORD, '203.0.113.1')).status).toBe(200);
    }
  });

  it('that arrive together are no more than those that come one by one', async () => {
    await start();
    await app.member('ada');

    const answers = await Promise.all(Array.from({ length: 60 }, () => login('ada', 'wrong', '203.0.113.1')));

    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(50);
  });

  it('do not include successful sign-ins: frequent ones are not limited, one by one or together', async () => {
    await start({
      SIGN_IN_FAILURES_PER_PLACE: '2',
      SIGN_IN_FAILURES_PER_ACCOUNT: '2',
      SIGN_IN_FAILURES_PER_ADDRESS: '2',
    });
    await app.member('ada');

    expect(await statuses(10, () => login('ada', PASSWORD, '203.0.113.1'))).toEqual(each(200, 10));
    const together = await Promise.all(Array.from({ length: 30 }, () => login('ada', PASSWORD, '203.0.113.1')));
    expect(together.map(({ status }) => status)).toEqual(each(200, 30));
  });
});

describe('registrations', () => {
  it('are limited by address, whether they succeed or not', async () => {
    await start({ REGISTRATIONS_PER_ADDRESS: '3' });
    const register = (name: string, address: string) =>
      app.program().post('/api/auth/register', account(name), at(address));

    expect(await statuses(5, (time) => register(`user${time}`, '203.0.113.1'))).toEqual([201, 201, 201, 429, 429]);
    expect((await register('user9', '203.0.113.2')).status).toBe(201);
  });

  it('with one e-mail address are limited from everywhere', async () => {
    await start({ SIGN_IN_FAILURES_PER_ACCOUNT: '3' });
    const seen = await statuses(5, (time) =>
      app.program().post('/api/auth/register', account('ada'), at(`203.0.113.${time}`)),
    );

    expect(seen).toEqual([201, 400, 400, 429, 429]);
  });

  it('are not counted by address on the machine itself', async () => {
    await start({ REGISTRATIONS_PER_ADDRESS: '1' });

    const seen = await statuses(3, (time) => app.program().post('/api/auth/register', account(`user${time}`)));

    expect(seen).toEqual([201, 201, 201]);
  });
});

it('limits who guesses the password behind a session', async () => {
  await start();
  const ada = await app.member('ada');
  const change = (current: string) => ada.post('/api/auth/password', { current, password: 'another pass phrase' });

  expect(await statuses(11, () => change('wrong'))).toEqual([...each(401, 10), 429]);
  expect((await change(PASSWORD)).status).toBe(429);
});

it('limits who guesses the token of the first administrator', async () => {
  await start({ SIGN_IN_FAILURES_PER_ADDRESS: '3' });
  const set = (token: string, address: string) =>
    app.program().post('/api/setup', { token, ...account('admin') }, at(address));

  expect(await statuses(5, () => set('guess', '203.0.113.1'))).toEqual([403, 403, 403, 429, 429]);
  expect((await set(app.services.setup.token, '203.0.113.2')).status).toBe(201);
});
