import type { FollowCounts } from '../../models/follows/follows.js';
import type { Models } from '../../models/index.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import { NotFound, SelfFollow } from '../errors.js';
import { userPolicy } from '../users/user-policy.js';
import type { Viewer } from '../viewer.js';

/** Whose posts an account's feed shows. */
export function createFollowService({ models }: { models: Models }) {
  const { users, follows } = models;

  return {
    /** How many follow the account and are followed by it, and whether the viewer follows it. */
    counts: (viewer: Viewer | undefined, id: number): Promise<FollowCounts> => follows.counts(id, viewer?.id),

    /**
     * Follows or unfollows; doing so twice changes nothing.
     *
     * @returns whether the viewer follows the person now, and how many people do.
     * @throws NotFound, SelfFollow
     */
    async follow(actor: Actor, id: number, following: boolean): Promise<{ following: boolean; followers: number }> {
      await writeAs(models, actor, async (transaction, viewer) => {
        if (!userPolicy.follow(viewer, { id })) throw new SelfFollow();
        if (!(await users.exists(transaction, id))) throw new NotFound();
        if (following) await follows.add(transaction, viewer.id, id, new Date());
        else await follows.remove(transaction, viewer.id, id);
      });
      // After the commit: other writes would wait while many followers are counted.
      return { following, followers: await follows.countFollowers(id) };
    },
  };
}
