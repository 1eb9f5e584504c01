import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../tests/support/until.js';
import { aggregate } from './aggregate.js';

const never = (): Promise<string> => new Promise(() => {});

describe('aggregate', () => {
  it('answers everything that all sources said', async () => {
    const answer = await aggregate({ one: async () => 1, two: async () => 'b' }, { deadlineMs: 1_000 });
    expect(answer).toEqual({ parts: { one: 1, two: 'b' }, partial: false, missing: [] });
  });

  it('answers without what fails, and names it', async () => {
    const why: unknown[] = [];
    const failing = () => Promise.reject(new Error('away'));
    const throwing = () => {
      throw new Error('at once');
    };
    const answer = await aggregate(
      { z: failing, a: throwing, ok: async () => true },
      { deadlineMs: 1_000, failed: (name, error) => why.push([name, (error as Error).message]) },
    );
    expect(answer).toEqual({ parts: { ok: true }, partial: true, missing: ['a', 'z'] });
    expect(why).toEqual(
      expect.arrayContaining([
        ['z', 'away'],
        ['a', 'at once'],
      ]),
    );
  });

  it('waits for no source beyond the deadline, and aborts the slow ones', async () => {
    let aborted = false;
    const startedAt = performance.now();
    const slow = async (signal: AbortSignal) => {
      await wait(10_000, undefined, { signal }).catch(() => (aborted = true));
    };
    const answer = await aggregate({ slow, deaf: never, quick: async () => 1 }, { deadlineMs: 100 });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(answer).toEqual({ parts: { quick: 1 }, partial: true, missing: ['deaf', 'slow'] });
    await until('it is aborted', () => aborted);
  });

  it('asks all at once', async () => {
    let inFlight = 0;
    let most = 0;
    const counted = async () => {
      most = Math.max(most, (inFlight += 1));
      await new Promise(setImmediate);
      inFlight -= 1;
    };
    await aggregate({ a: counted, b: counted, c: counted, d: counted }, { deadlineMs: 10_000 });
    expect(most).toBe(4);
  });
});
