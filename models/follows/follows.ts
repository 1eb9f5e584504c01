import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';

const ADD = 'INSERT INTO follows (follower_id, followee_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
const REMOVE = 'DELETE FROM follows WHERE follower_id = ? AND followee_id = ?';
const COUNTS = `SELECT (SELECT count(*) FROM follows WHERE followee_id = ?) AS followers,
  (SELECT count(*) FROM follows WHERE follower_id = ?) AS following,
  (SELECT count(*) FROM follows WHERE follower_id = ? AND followee_id = ?) AS followed`;
const COUNT = 'SELECT count(*) AS followers FROM follows WHERE followee_id = ?';

/** What an account's profile says of it. */
export interface FollowCounts {
  followers: number;
  following: number;
  /** By the caller. */
  followedByMe: boolean;
}

/** Who follows whom. */
export function createFollows({ readLong }: Engine) {
  return {
    /** Changes nothing when the one follows the other already. */
    add: (transaction: Transaction, followerId: number, followeeId: number, at: Date) =>
      transaction.execute(ADD, followerId, followeeId, at),

    remove: (transaction: Transaction, followerId: number, followeeId: number) =>
      transaction.execute(REMOVE, followerId, followeeId),

    /** @param viewerId the caller, if signed in. */
    async counts(id: number, viewerId: number | undefined): Promise<FollowCounts> {
      const [row] = await readLong<{ followers: number; following: number; followed: number }>(
        {},
        COUNTS,
        id,
        id,
        viewerId ?? 0, // no account's id
        id,
      );
      const { followers = 0, following = 0, followed = 0 } = row ?? {};
      return { followers, following, followedByMe: followed > 0 };
    },

    async countFollowers(followeeId: number): Promise<number> {
      const [row] = await readLong<{ followers: number }>({}, COUNT, followeeId);
      return row?.followers ?? 0;
    },
  };
}
