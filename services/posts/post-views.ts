import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { Models } from '../../models/index.js';
import type { Viewer } from '../viewer.js';
import type { PostDetail } from './post-rows.js';
import { COUNT_KEYS } from './posts-key.js';

const HOUR_MS = 3_600_000;
/** Views that wait to be written; beyond these the database has been away for long, and views are the least of it. */
const MAX_WAITING = 10_000;
/** Visits of which this process knows that they are counted, so that reading again costs nothing. */
const MAX_REMEMBERED = 25_000;
/** What of a browser's name counts. It may be as long as a header. */
const MAX_AGENT_LENGTH = 200;
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
  postId: number;
  /** Who read what in which hour, as text. */
  visit: string;
}
type Counted = Omit<View, 'visit'>;

/** Returns the visits that no process has counted yet; a post may have been deleted since it was read. */
const REMEMBER = `INSERT OR IGNORE INTO post_visits (hour, post_id, visitor)
  SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE EXISTS (SELECT 1 FROM posts WHERE id = value ->> 1)
  RETURNING hour, post_id AS postId`;
const COUNT_BY_POST = `UPDATE posts SET view_count = view_count + fresh.views
  FROM (SELECT value ->> 0 AS id, value ->> 1 AS views FROM json_each(?)) fresh WHERE posts.id = fresh.id`;
const COUNT_BY_DAY = `INSERT INTO daily_views (day, views) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
  ON CONFLICT (day) DO UPDATE SET views = views + excluded.views`;
const FORGET = `DELETE FROM post_visits WHERE (hour, post_id, visitor) IN
  (SELECT hour, post_id, visitor FROM post_visits WHERE hour < ? LIMIT ${SWEPT_WITH_EACH_BATCH})`;

/**
 * Counts who reads what: a published post once per visitor and hour of the clock, in whichever process. Requests only
 * leave a note in memory; `flush` writes them together. A killed process loses what came since the last `flush`.
 *
 * @param parts.secret keys the hashes that stand for visits: nobody can tell from them who has read what.
 */
export function createPostViews({ models, secret }: { models: Models; secret: string }) {
  const { write, select, execute } = models;
  const oneAtATime = pLimit(1);
  const remembered = new LRUCache<string, true>({ max: MAX_REMEMBERED });
  let waiting: View[] = [];

  return {
    /** Notes that somebody reads the post. Its author's own reading does not count. */
    note({ id, author, status }: PostDetail, viewer: Viewer | undefined, from: Visitor): void {
      if (status !== 'published' || (viewer && viewer.id === author?.id) || waiting.length >= MAX_WAITING) return;
      const hour = hourOf(Date.now());
      // As it comes, and hashed later: that would cost more than everything else here.
      const visitor = viewer ? `user:${viewer.id}` : `${from.address} ${from.agent.slice(0, MAX_AGENT_LENGTH)}`;
      const visit = `${hour} ${id} ${visitor}`;
      if (remembered.has(visit)) return;
      remembered.set(visit, true);
      waiting.push({ hour, postId: id, visit });
    },

    /** Writes what has been noted. What could not be written is kept for the next time. @throws Unavailable */
    flush: () =>
      oneAtATime(async () => {
        while (waiting.length > 0) await writeBatch(waiting.splice(0, BATCH_SIZE));
      }),
  };

  async function writeBatch(batch: View[]): Promise<void> {
    try {
      const visits = batch.map(({ hour, postId, visit }) => [hour, postId, hashOf(visit)]);
      await write(
        async (transaction) => {
          const fresh = await select<Counted>(transaction, REMEMBER, JSON.stringify(visits));
          const byPost = tally(fresh.map(({ postId }) => postId));
          const byDay = tally(fresh.map(({ hour }) => dayOf(hour * HOUR_MS)));
          await execute(transaction, COUNT_BY_POST, byPost);
          await execute(transaction, COUNT_BY_DAY, byDay);
          await execute(transaction, FORGET, hourOf(Date.now()) - 1);
        },
        [COUNT_KEYS.viewCount],
      );
    } catch (error) {
      waiting = [...batch, ...waiting];
      throw error;
    }
  }

  function hashOf(visit: string): string {
    return createHmac('sha256', secret).update(visit).digest('base64url').slice(0, 22);
  }
}

/** How many there are of each, as JSON: `[[value, count], …]`. */
function tally(values: readonly (string | number)[]): string {
  const counts = new Map<string | number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return JSON.stringify([...counts]);
}

/** Hours since 1970. A day in UTC has whole ones. */
function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS);
}

/** The day in UTC that views are counted under, as 2026-11-20. */
export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
