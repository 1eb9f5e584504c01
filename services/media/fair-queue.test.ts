import { describe, expect, it } from 'vitest';
import { Unavailable } from '../errors.js';
import { createFairQueue } from './fair-queue.js';

/** Runs a task of each owner, all asked for at once. @returns the owners in the order in which their tasks ran. */
async function orderOf(owners: readonly number[], maxWaiting = 100): Promise<number[]> {
  const queue = createFairQueue({ maxWaiting, retryAfterSeconds: 1 });
  const ran: number[] = [];
  let running = 0;
  const task = async (owner: number) => {
    running += 1;
    expect(running).toBe(1);
    ran.push(owner);
    await new Promise(setImmediate);
    running -= 1;
  };
  await Promise.all(owners.map((owner) => queue.run(owner, () => task(owner))));
  return ran;
}

describe('a fair queue', () => {
  it('takes turns between owners', async () => {
    expect(await orderOf([1, 1, 1, 1, 2, 3, 3])).toEqual([1, 1, 2, 3, 1, 3, 1]);
  });

  it('runs tasks of one owner in the order in which they came', async () => {
    const queue = createFairQueue({ maxWaiting: 10, retryAfterSeconds: 1 });
    const ran: string[] = [];
    const run = (name: string) => queue.run(1, () => Promise.resolve(ran.push(name)));

    await Promise.all(['a', 'b', 'c'].map(run));
    await run('d');

    expect(ran).toEqual(['a', 'b', 'c', 'd']);
  });

  it('goes on after a task that fails', async () => {
    const queue = createFairQueue({ maxWaiting: 10, retryAfterSeconds: 1 });
    const failing = queue.run(1, () => Promise.reject(new Error('broken')));
    const next = queue.run(2, () => Promise.resolve('done'));

    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('done');
  });

  it('refuses what comes when it is full, and only that', async () => {
    await expect(orderOf([1, 1, 1, 2], 2)).rejects.toThrow(Unavailable);
    expect(await orderOf([1, 1, 2], 2)).toHaveLength(3);
  });
});
