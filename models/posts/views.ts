import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';

/** One reading of a post in an hour of the clock. */
export interface Visit {
  /** Hours since 1970. A day in UTC has whole ones. */
  hour: number;
  postId: number;
  /** A hash of the visitor and this hour; at most 24 characters. */
  visitor: string;
}

const HOUR_MS = 3_600_000;

/** Counts how often posts are read, by post and by day. */
export function createViews({ words }: Engine) {
  const REMEMBER = `INSERT INTO post_visits (hour, post_id, visitor)
    SELECT seen.hour, seen.post, seen.visitor
      FROM ${words.rowsIn({ hour: 'BIGINT', post: 'BIGINT', visitor: 'TEXT' })} seen
      WHERE EXISTS (SELECT 1 FROM posts WHERE id = seen.post)
    ON CONFLICT DO NOTHING RETURNING hour, post_id AS "postId"`;
  const COUNT_BY_POST = `UPDATE posts SET view_count = view_count + fresh.amount
    FROM ${words.rowsIn({ post: 'BIGINT', amount: 'BIGINT' })} fresh WHERE posts.id = fresh.post`;
  const COUNT_BY_DAY = `INSERT INTO daily_views (day, views)
    SELECT fresh.day, fresh.amount FROM ${words.rowsIn({ day: 'TEXT', amount: 'BIGINT' })} fresh WHERE true
    ON CONFLICT (day) DO UPDATE SET views = daily_views.views + excluded.views`;
  const FORGET = `DELETE FROM post_visits WHERE (hour, post_id, visitor) IN
    (SELECT hour, post_id, visitor FROM post_visits WHERE hour < ? LIMIT ?)`;

  return {
    /** Counts each visit that no process has counted yet. A post may have been deleted since it was read. */
    async record(transaction: Transaction, visits: readonly Visit[]): Promise<void> {
      await transaction.lock('views');
      const rows = visits.map(({ hour, postId, visitor }) => [hour, postId, visitor]);
      const counted = await transaction.select<Omit<Visit, 'visitor'>>(REMEMBER, JSON.stringify(rows));
      await transaction.execute(COUNT_BY_POST, tally(counted.map(({ postId }) => postId)));
      await transaction.execute(COUNT_BY_DAY, tally(counted.map(({ hour }) => dayOf(hour * HOUR_MS))));
    },

    /** Removes visits of earlier hours, which are counted. @param most rows, so that the transaction stays short */
    forgetBefore: (transaction: Transaction, hour: number, most: number) => transaction.execute(FORGET, hour, most),
  };
}

/** How many there are of each, as JSON: `[[value, count], …]`. */
function tally(values: readonly (string | number)[]): string {
  const counts = new Map<string | number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return JSON.stringify([...counts]);
}

/** The day in UTC that views are counted under, as 2026-11-20. */
export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
