import type { Models } from '../../models/index.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import { NotFound, SelfFollow } from '../errors.js';
import { userPolicy } from '../users/user-policy.js';

export type FollowService = ReturnType<typeof createFollowService>;

const FOLLOW = 'INSERT OR IGNORE INTO follows (follower_id, followee_id, created_at) VALUES (?, ?, ?)';
const UNFOLLOW = 'DELETE FROM follows WHERE follower_id = ? AND followee_id = ?';

/** Whose posts somebody's feed shows. */
export function createFollowService({ models }: { models: Models }) {
  const { readLong, select, execute } = models;

  return {
    /**
     * Follows or unfollows; saying it twice changes nothing.
     *
     * @returns whether the viewer follows the person now, and how many people do.
     * @throws NotFound, SelfFollow
     */
    async follow(actor: Actor, id: number, following: boolean): Promise<{ following: boolean; followers: number }> {
      await writeAs(models, actor, async (transaction, viewer) => {
        if (!userPolicy.follow(viewer, { id })) throw new SelfFollow();
        const [user] = await select(transaction, 'SELECT id FROM users WHERE id = ?', id);
        if (!user) throw new NotFound();
        if (following) await execute(transaction, FOLLOW, viewer.id, id, new Date());
        else await execute(transaction, UNFOLLOW, viewer.id, id);
      });
      // After the commit: counting the followers of somebody famous would keep everybody else from writing.
      const [row] = await readLong<{ followers: number }>(
        {},
        'SELECT count(*) AS followers FROM follows WHERE followee_id = ?',
        id,
      );
      return { following, followers: row?.followers ?? 0 };
    },
  };
}
