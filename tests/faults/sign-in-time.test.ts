import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestApp } from '../support/start-test-app.js';

const PAIRS = 200;
/** Of the pairs; four standard deviations of what chance alone does (a sign test). */
const MAX_LEAN = 4 * (0.5 / Math.sqrt(PAIRS));
/** Of the median; an idle machine measures differences that are too small to be seen over a network. */
const MAX_DIFFERENCE = 0.05;

describe('the time a sign-in takes', () => {
  it('does not depend on whether the account exists', { timeout: 300_000 }, async () => {
    const unlimited = String(1_000_000);
    const app = await startTestApp({
      SIGN_IN_FAILURES_PER_PLACE: unlimited,
      SIGN_IN_FAILURES_PER_ACCOUNT: unlimited,
    });
    onTestFinished(async () => void (await app.stop()));
    await app.member('known');
    const timed = async (username: string) => {
      const startedAt = performance.now();
      const { status } = await app.program().post('/api/auth/login', { username, password: 'wrong' });
      expect(status).toBe(401);
      return performance.now() - startedAt;
    };
    for (let warm = 0; warm < 20; warm += 1) await Promise.all([timed('known'), timed('other')]);

    const [known, unknown]: [number[], number[]] = [[], []];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      // Right after each other, and each first half of the time: what else the machine does meets both.
      const names = pair % 2 ? (['known', 'other'] as const) : (['other', 'known'] as const);
      for (const name of names) (name === 'known' ? known : unknown).push(await timed(name));
    }

    const slower = known.filter((ms, pair) => ms > (unknown[pair] ?? 0)).length / PAIRS;
    const [there, nowhere] = [median(known), median(unknown)];
    const difference = Math.abs(there - nowhere) / there;
    process.stderr.write(
      `a wrong password: ${there.toFixed(2)} ms, an unknown account: ${nowhere.toFixed(2)} ms; ` +
        `the first is slower in ${(slower * 100).toFixed(0)} % of ${PAIRS} pairs\n`,
    );
    // A busy machine spreads both alike, so that the pairs lean to neither side; on an idle one the medians are equal.
    expect(Math.abs(slower - 0.5) < MAX_LEAN || difference < MAX_DIFFERENCE).toBe(true);
  });
});

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
