import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { Models } from '../../models/index.js';
import { postsViewed } from '../cache/invalidation.js';
import type { Viewer } from '../viewer.js';
import type { PostDetail } from '../../models/posts/post-rows.js';
import type { Visit } from '../../models/posts/views.js';

const HOUR_MS = 3_600_000;
/** Views that wait to be written; beyond these the database has been away for long, and views are the least of it. */
const MAX_WAITING = 10_000;
/** Visits of which this process knows that they are counted, so that reading again costs nothing. */
const MAX_REMEMBERED = 25_000;
/** What of a browser's name counts. It may be as long as a header. */
const MAX_AGENT_LENGTH = 200;
/** Views in one transaction, so that no other write waits long. */
const BATCH_SIZE = 2_000;
/** Rows of past hours that each batch removes: more than it adds, so that they come to an end. */
const SWEPT_WITH_EACH_BATCH = 2 * BATCH_SIZE;

/** An anonymous reader of a post. */
export interface Visitor {
  address: string;
  /** What the browser calls itself. */
  agent: string;
}

/** A visit whose visitor is not hashed yet. */
type View = Omit<Visit, 'visitor'> & {
  /** Who read what in which hour, as text. */
  visit: string;
};

/**
 * Counts who reads what: a published post once per visitor and hour of the clock, in whichever process. Requests only
 * leave a note in memory; `flush` writes them together. A killed process loses what came since the last `flush`.
 *
 * @param parts.secret the key of the hashes of visits, which do not reveal who has read what.
 */
export function createPostViews({ models, secret }: { models: Models; secret: string }) {
  const { views, write } = models;
  const oneAtATime = pLimit(1);
  const remembered = new LRUCache<string, true>({ max: MAX_REMEMBERED });
  let waiting: View[] = [];

  return {
    /** Records in memory that the viewer reads the post. Its author's own reading does not count. */
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

    /** Writes what has been recorded. What could not be written waits for the next time. @throws Unavailable */
    flush: () =>
      oneAtATime(async () => {
        while (waiting.length > 0) await writeBatch(waiting.splice(0, BATCH_SIZE));
      }),
  };

  async function writeBatch(batch: View[]): Promise<void> {
    try {
      const visits = batch.map(({ hour, postId, visit }) => ({ hour, postId, visitor: hashOf(visit) }));
      await write(async (transaction) => {
        await views.record(transaction, visits);
        await views.forgetBefore(transaction, hourOf(Date.now()) - 1, SWEPT_WITH_EACH_BATCH);
      }, postsViewed());
    } catch (error) {
      waiting = [...batch, ...waiting];
      throw error;
    }
  }

  function hashOf(visit: string): string {
    return createHmac('sha256', secret).update(visit).digest('base64url').slice(0, 22);
  }
}

/** Hours since 1970. A day in UTC has whole ones. */
function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS);
}
