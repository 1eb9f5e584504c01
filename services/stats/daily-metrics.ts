import pLimit from 'p-limit';
import type { Models } from '../../models/index.js';
import { dayOf } from '../../models/posts/views.js';
import { dailyCountsChanged } from '../cache/invalidation.js';

/** Totals of this process since it began, by name: numbers that only grow. */
export type Totals = Readonly<Record<string, number>>;

export type DailyMetrics = ReturnType<typeof createDailyMetrics>;

/** Counts what happens by day, in memory until `flush` adds them to those of other processes. */
export function createDailyMetrics({
  models: { dailyCounts, write },
}: {
  models: Pick<Models, 'dailyCounts' | 'write'>;
}) {
  const oneAtATime = pLimit(1);
  const waiting = new Map<string, { day: string; name: string; amount: number }>();
  let last: Totals = {};

  return {
    /** Counts a sign-in with a password. */
    signedIn: () => add('sign-ins', 1),

    /**
     * Writes what has been counted, and what `totals` have grown by since the last time: on the day of this call. What
     * could not be written waits for the next call.
     *
     * @throws Unavailable
     */
    flush: (totals: Totals = {}) =>
      oneAtATime(async () => {
        for (const [name, total] of Object.entries(totals)) add(name, total - (last[name] ?? 0));
        last = { ...last, ...totals };
        const batch = [...waiting.values()];
        if (batch.length === 0) return;
        waiting.clear();
        try {
          await write((transaction) => dailyCounts.add(transaction, batch), dailyCountsChanged());
        } catch (error) {
          for (const { day, name, amount } of batch) add(name, amount, day);
          throw error;
        }
      }),
  };

  function add(name: string, amount: number, day = dayOf(Date.now())): void {
    if (amount === 0) return;
    const key = `${day} ${name}`;
    waiting.set(key, { day, name, amount: amount + (waiting.get(key)?.amount ?? 0) });
  }
}
