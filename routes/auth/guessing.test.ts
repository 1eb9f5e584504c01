import { afterEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

const ATTEMPTS = 1_000;
const ADDRESSES = 100;
/** Of each kind. */
const TRIES = 200;

let app: TestApp;
afterEach(() => app.stop());

const at = (address: string) => ({ 'X-Forwarded-For': address });
const login = (username: string, password: string, address: string): Promise<Answer> =>
  app.program().post('/api/auth/login', { username, password }, at(address));
const countOf = (answers: Answer[], status: number) => answers.filter((answer) => answer.status === status).length;

describe('a thousand wrong passwords from a hundred addresses', () => {
  it('are hardly ever looked at, and do not keep the owner out', { timeout: 60_000 }, async () => {
    app = await startTestApp({ TRUST_PROXY_HOPS: '1' });
    const owner = await app.member('owner');
    await owner.post('/api/auth/logout');

    const answers: Answer[] = [];
    for (let first = 0; first < ATTEMPTS; first += 50) {
      const together = Array.from({ length: 50 }, (_, index) => {
        const attempt = first + index;
        return login('owner', `guess ${attempt}`, `198.51.100.${attempt % ADDRESSES}`);
      });
      answers.push(...(await Promise.all(together)));
    }

    expect(countOf(answers, 401)).toBe(50); // as many as one account may have; every other was refused unseen
    expect(countOf(answers, 429)).toBe(ATTEMPTS - 50);
    const stranger = await login('owner', PASSWORD, '203.0.113.1');
    expect(stranger.status).toBe(429);
    expect(Number(stranger.headers.get('Retry-After'))).toBeGreaterThan(0);
    const letIn = await owner.post('/api/auth/login', { username: 'owner', password: PASSWORD }, at('203.0.113.1'));
    expect(letIn.status).toBe(200);
    expect((await login('other', 'wrong', '203.0.113.1')).status).toBe(401);
  });
});

describe('the time a sign-in takes', () => {
  it('tells nobody whether the account exists', { timeout: 120_000 }, async () => {
    const unlimited = String(1_000_000);
    app = await startTestApp({
      SIGN_IN_FAILURES_PER_PLACE: unlimited,
      SIGN_IN_FAILURES_PER_ACCOUNT: unlimited,
    });
    await app.member('known');
    const timed = async (username: string) => {
      const start = performance.now();
      const { status } = await app.browser().post('/api/auth/login', { username, password: 'wrong' });
      expect(status).toBe(401);
      return performance.now() - start;
    };
    for (let warm = 0; warm < 20; warm += 1) await Promise.all([timed('known'), timed('other')]);

    const difference = async () => {
      const [known, unknown]: [number[], number[]] = [[], []];
      for (let time = 0; time < TRIES; time += 1) {
        // In turns, and each first half of the time: what else this machine does meets both.
        const names = time % 2 ? (['known', 'other'] as const) : (['other', 'known'] as const);
        for (const name of names) (name === 'known' ? known : unknown).push(await timed(name));
      }
      const [there, nowhere] = [median(known), median(unknown)];
      process.stderr.write(`a wrong password: ${there.toFixed(2)} ms, an unknown account: ${nowhere.toFixed(2)} ms\n`);
      return Math.abs(there - nowhere) / there;
    };

    // A machine that is busy with other things may show a difference where there is none, but hardly three times.
    const seen = [await difference()];
    while (seen.length < 3 && Math.min(...seen) >= 0.05) seen.push(await difference());
    expect(Math.min(...seen)).toBeLessThan(0.05);
  });
});

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
