import { afterEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
afterEach(() => app.stop());

const LIMIT = 3;
const startBehindProxies = async (hops: number, limit = LIMIT) => {
  app = await startTestApp({ TRUST_PROXY_HOPS: String(hops), RATE_LIMIT_PER_MINUTE: String(limit) });
};
/** A request that reached us through proxies which noted these addresses, the farthest first. */
const from = (...addresses: string[]) =>
  app.program().get('/api/nowhere', addresses.length > 0 ? { 'X-Forwarded-For': addresses.join(', ') } : {});

async function statuses(times: number, ...addresses: string[]): Promise<number[]> {
  const seen = [];
  for (let time = 0; time < times; time += 1) seen.push((await from(...addresses)).status);
  return seen;
}

describe('the rate limit', () => {
  it('refuses an address that sends too many requests, with Retry-After', async () => {
    await startBehindProxies(1);

    expect(await statuses(LIMIT, '203.0.113.1')).toEqual([404, 404, 404]);
    const refused = await from('203.0.113.1');

    expect(refused.status).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'rate_limited', requestId: expect.any(String) });
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('Retry-After'))).toBeLessThanOrEqual(60);
  });

  it('says on every answer how much is left, and when there is more', async () => {
    await startBehindProxies(1);
    const left = (answer: Awaited<ReturnType<typeof from>>) =>
      ['Limit', 'Remaining', 'Reset'].map((what) => Number(answer.headers.get(`RateLimit-${what}`)));

    const seen = [await from('203.0.113.1'), await from('203.0.113.1'), await from('203.0.113.1')].map(left);
    const refused = await from('203.0.113.1');

    expect(seen.map(([limit, remaining]) => [limit, remaining])).toEqual([
      [LIMIT, 2],
      [LIMIT, 1],
      [LIMIT, 0],
    ]);
    for (const [, , reset] of [...seen, left(refused)]) expect(reset).toBeOneOf([59, 60]);
    expect(left(refused)).toEqual([LIMIT, 0, Number(refused.headers.get('Retry-After'))]);
    expect(left(await from())).toEqual([LIMIT, LIMIT, 60]); // the machine itself
  });

  it('counts each address for itself', async () => {
    await startBehindProxies(1);
    await statuses(LIMIT + 1, '203.0.113.1');

    expect((await from('203.0.113.2')).status).toBe(404);
  });

  it('trusts no more hops than are configured: what the client claims before them changes nothing', async () => {
    await startBehindProxies(1);
    const claims = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '127.0.0.1'];

    const seen = [];
    for (const claim of claims) seen.push((await from(claim, '203.0.113.1')).status);

    expect(seen).toEqual([404, 404, 404, 429]);
  });

  it('counts the client behind two proxies, not the nearer one', async () => {
    await startBehindProxies(2);
    await statuses(LIMIT + 1, '203.0.113.1', '192.0.2.9');

    expect((await from('203.0.113.1', '192.0.2.9')).status).toBe(429);
    expect((await from('203.0.113.2', '192.0.2.9')).status).toBe(404);
  });

  it('counts a whole IPv6 /64 as one', async () => {
    await startBehindProxies(1);

    const seen = [];
    for (const host of [':1', ':2', ':dead:beef', 'ffff:ffff:ffff:ffff']) {
      seen.push((await from(`2001:db8:0:1:${host}`)).status);
    }

    expect(seen).toEqual([404, 404, 404, 429]);
    expect((await from('2001:db8:0:2::1')).status).toBe(404);
  });

  it('takes an IPv4 address in either notation for the same', async () => {
    await startBehindProxies(1);
    await statuses(LIMIT, '203.0.113.1');

    expect((await from('::ffff:203.0.113.1')).status).toBe(429);
  });

  it('takes every port of an address for the same, where a proxy notes them', async () => {
    await startBehindProxies(1);
    await statuses(LIMIT, '203.0.113.1:50000');
    await statuses(LIMIT, '[2001:db8:0:1::1]:50000');

    expect((await from('203.0.113.1:50001')).status).toBe(429);
    expect((await from('203.0.113.1')).status).toBe(429);
    expect((await from('[2001:db8:0:1::2]:50001')).status).toBe(429);
    expect((await from('203.0.113.2:50000')).status).toBe(404);
  });

  it('ignores X-Forwarded-For while no proxy is declared', async () => {
    await startBehindProxies(0, 1);

    expect(await statuses(5, '203.0.113.1')).toEqual([404, 404, 404, 404, 404]);
  });

  it('never counts the loopback address, behind which all clients would share one count', async () => {
    await startBehindProxies(1, 1);

    expect(await statuses(5)).toEqual([404, 404, 404, 404, 404]);
  });

  it('keeps probes and files reachable', async () => {
    await startBehindProxies(1, 1);
    const headers = { 'X-Forwarded-For': '203.0.113.1' };
    await statuses(3, '203.0.113.1');

    expect((await app.program().get('/livez', headers)).status).toBe(200);
    expect((await app.program().get('/favicon.svg', headers)).status).toBe(200);
  });

  it('does not break on an invalid address', async () => {
    await startBehindProxies(1);

    for (const address of ['unknown', '_hidden', '[2001:db8::1]:443', '203.0.113.7:4711', '-', '999.1.1.1']) {
      expect((await from(address)).status, address).toBe(404);
    }
  });
});
