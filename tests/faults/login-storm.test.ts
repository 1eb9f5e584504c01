import { describe, expect, it } from 'vitest';
import { browser } from '../support/client.js';
import { outcomes, percentile, startLoad, type Sent } from '../support/load.js';
import { account, cookieOf, PASSWORD, stageAdmin, stageDir, stageMember, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

/** Quiet and busy periods alternate, so that other load on this machine affects both. */
const TURNS = 4;
const READS_A_TURN = 250;
const FACTOR = 5;
/** A quiet p99 below this counts as this much: one moment of another program would be five times of less. */
const FLOOR_MS = 15;

describe('many people who sign in at once', () => {
  it(`slow a list down to no more than ${FACTOR} times its quiet p99`, async () => {
    const server = await stageServer({ DATA_DIR: stageDir() });
    const admin = await stageAdmin(server);
    await stageMember(server.url, 'member');
    const read = {
      path: '/api/users',
      headers: { Cookie: cookieOf(admin) },
      keepAlive: true,
      connections: 2,
      pauseMs: 2,
    };
    const reads = async () => {
      const load = startLoad(server.url, read);
      await until('enough reads', () => load.sent.length >= READS_A_TURN, { withinMs: 60_000 });
      return load.stop();
    };
    await reads(); // warm

    const [quiet, busy, signedIn]: [Sent[], Sent[], Sent[]] = [[], [], []];
    for (let turn = 0; turn < TURNS; turn += 1) {
      quiet.push(...(await reads()));
      const logins = startLoad(server.url, { ...login('member'), connections: 50, keepAlive: true });
      await until('the first of them', () => logins.sent.length > 0);
      busy.push(...(await reads()));
      signedIn.push(...(await logins.stop()));
    }

    expect(outcomes([...quiet, ...busy])).toEqual({ 200: quiet.length + busy.length });
    expect(outcomes(signedIn)).toEqual({ 200: signedIn.length });
    expect(signedIn.length).toBeGreaterThanOrEqual(50 * TURNS);
    const [before, during] = [percentile(quiet, 0.99), percentile(busy, 0.99)];
    process.stderr.write(`p99 of a list: quiet ${before.toFixed(1)} ms, amid 50 logins ${during.toFixed(1)} ms\n`);
    expect(during).toBeLessThanOrEqual(FACTOR * Math.max(before, FLOOR_MS));
  });

  it('beyond what can be served in time get Retry-After, and none fails', async () => {
    const server = await stageServer({ DATA_DIR: stageDir() });
    await stageMember(server.url, 'member');

    const answers = await Promise.all(
      Array.from({ length: 200 }, () => browser(server.url).post('/api/auth/login', account('member'))),
    );

    const served = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 503);
    expect(served.length + refused.length).toBe(200);
    expect(served.length).toBeGreaterThanOrEqual(50);
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers, json } of refused) {
      expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
      expect(json()).toMatchObject({ code: 'unavailable', requestId: expect.any(String) });
    }
    expect((await browser(server.url).post('/api/auth/login', account('member'))).status).toBe(200);
  });
});

function login(username: string) {
  return {
    path: '/api/auth/login',
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin', 'X-CSRF': '1' },
    body: JSON.stringify({ username, password: PASSWORD }),
  };
}
