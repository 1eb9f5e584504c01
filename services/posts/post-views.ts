import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { Models } from '../../models/index.js';
import type { Viewer } from '../viewer.js';
import type { PostDetail } from './post-rows.js';
import { POSTS_KEY } from './post-service.js';

const HOUR_MS = 3_600_000;
/** Views that wait to be written; beyond these the database has been away for long, and views are the least of it. */
const MAX_WAITING = 20_000;
/** Visits of which this process knows that they are counted, so that reading again costs nothing. */
const MAX_REMEMBERED = 50_000;
/** Views in one transaction, so that nobody waits long for the write lock. */
const BATCH_SIZE = 2_000;
/** Rows of past hours that each batch removes: more than it adds, so that they come to an end. */
const SWEPT_WITH_EACH_BATCH = 2 * BATCH_SIZE;

/** Whoever reads a post without having signed in. */
export interface Visitor {
  address: string;
  /** What the browser calls itself. */
  agent: string;
}

export type PostViews = ReturnType<typeof createPostViews>;

interface View {
  hour: number;
  day: string;
  postId: number;
  visitor: string;
}

/** Views of the batch that no process has counted yet. */
const BATCH = `SELECT value ->> 'postId' AS post_id, value ->> 'day' AS day, value ->> 'hour' AS hour,
  value ->> 'visitor' AS visitor FROM json_each(?)`;
const FRESH = `(${BATCH}) b WHERE EXISTS (SELECT 1 FROM posts WHERE id = b.post_id)
  AND NOT EXISTS (SELECT 1 FROM post_visits v WHERE v.hour = b.hour AND v.post_id = b.post_id AND v.visitor = b.visitor)`;
const COUNT_BY_POST = `UPDATE posts SET view_count = view_count + fresh.views
  FROM (SELECT b.post_id, count(*) AS views FROM ${FRESH} GROUP BY b.post_id) fresh WHERE posts.id = fresh.post_id`;
const COUNT_BY_DAY = `INSERT INTO daily_views (day, views) SELECT b.day, count(*) FROM ${FRESH} GROUP BY b.day
  ON CONFLICT (day) DO UPDATE SET views = views + excluded.views`;
const REMEMBER = `INSERT OR IGNORE INTO post_visits (hour, post_id, visitor) SELECT b.hour, b.post_id, b.visitor FROM ${FRESH}`;
const FORGET = `DELETE FROM post_visits WHERE (hour, post_id, visitor) IN
  (SELECT hour, post_id, visitor FROM post_visits WHERE hour < ? LIMIT ${SWEPT_WITH_EACH_BATCH})`;

/**
 * Counts who reads what: a published post once per visitor and hour of the clock, in whichever process. Requests only
 * leave a note in memory; `flush` writes them together. A killed process loses what came since the last `flush`.
 *
 * @param parts.secret keys the hashes that stand for visitors: their addresses are not kept.
 */
export function createPostViews({ models, secret }: { models: Models; secret: string }) {
  const { write, execute } = models;
  const oneAtATime = pLimit(1);
  const remembered = new LRUCache<string, true>({ max: MAX_REMEMBERED });
  let waiting: View[] = [];

  return {
    /** Notes that somebody reads the post. Its author's own reading does not count. */
    note({ id, author, status }: PostDetail, viewer: Viewer | undefined, from: Visitor): void {
      if (status !== 'published' || viewer?.id === author.id || waiting.length >= MAX_WAITING) return;
      const now = Date.now();
      const hour = Math.floor(now / HOUR_MS);
      const visitor = viewer ? `user:${viewer.id}` : pseudonymOf(from);
      const visit = `${hour} ${id} ${visitor}`;
      if (remembered.has(visit)) return;
      remembered.set(visit, true);
      waiting.push({ hour, day: dayOf(now), postId: id, visitor });
    },

    /** Writes what has been noted. What could not be written is kept for the next time. @throws Unavailable */
    flush: () =>
      oneAtATime(async () => {
        while (waiting.length > 0) await writeBatch(waiting.splice(0, BATCH_SIZE));
      }),
  };

  async function writeBatch(batch: View[]): Promise<void> {
    try {
      const json = JSON.stringify(batch);
      await write(
        async (transaction) => {
          await execute(transaction, COUNT_BY_POST, json);
          await execute(transaction, COUNT_BY_DAY, json);
          await execute(transaction, REMEMBER, json);
          await execute(transaction, FORGET, Math.floor(Date.now() / HOUR_MS) - 1);
        },
        [POSTS_KEY],
      );
    } catch (error) {
      waiting = [...batch, ...waiting];
      throw error;
    }
  }

  function pseudonymOf({ address, agent }: Visitor): string {
    return createHmac('sha256', secret).update(`${address}\n${agent}`).digest('base64url').slice(0, 22);
  }
}

/** The day in UTC that views are counted under, as 2026-11-20. */
export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
