import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';

export interface DailyCount {
  /** In UTC, as 2026-11-20. */
  day: string;
  /** What is counted; at most 40 characters. */
  name: string;
  amount: number;
}

const SINCE = 'SELECT day, name, amount FROM daily_counts WHERE day >= ?';

export type DailyCounts = ReturnType<typeof createDailyCounts>;

/** Counts by day that every process adds to. */
export function createDailyCounts({ read, words }: Engine) {
  // In one order, so that two processes do not wait for each other.
  const ADD = `INSERT INTO daily_counts (day, name, amount)
    SELECT more.day, more.name, more.amount FROM ${words.rowsIn({ day: 'TEXT', name: 'TEXT', amount: 'BIGINT' })} more
    WHERE true ORDER BY more.day, more.name
    ON CONFLICT (day, name) DO UPDATE SET amount = daily_counts.amount + excluded.amount`;

  return {
    add: (transaction: Transaction, counts: readonly DailyCount[]) =>
      transaction.execute(ADD, JSON.stringify(counts.map(({ day, name, amount }) => [day, name, amount]))),

    /** From this day on, in no order. */
    since: (day: string) => read<DailyCount>(SINCE, day),
  };
}
