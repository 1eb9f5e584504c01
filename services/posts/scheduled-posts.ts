import type { Models } from '../../models/index.js';
import { postsPublished } from '../cache/invalidation.js';

/** Posts in one transaction, so that no other write waits long. */
const BATCH_SIZE = 100;

export type ScheduledPosts = ReturnType<typeof createScheduledPosts>;

/** Publishes scheduled posts when their time has come. */
export function createScheduledPosts({ posts, write }: Pick<Models, 'posts' | 'write'>) {
  return {
    /**
     * Publishes what is due, each post once, whichever processes call this at the same time.
     *
     * @param stopping ends it between two batches.
     * @returns the ids of those that this call has published.
     */
    async publishDue(stopping: AbortSignal): Promise<number[]> {
      const published: number[] = [];
      const now = new Date();
      // Asked before each write: a write drops all cached lists.
      while (!stopping.aborted && (await posts.isDue(now))) {
        const batch = await write((transaction) => posts.publishDue(transaction, now, BATCH_SIZE), postsPublished());
        published.push(...batch);
      }
      return published;
    },
  };
}
