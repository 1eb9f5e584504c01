import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';

const ADD = 'INSERT INTO follows (follower_id, followee_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
const REMOVE = 'DELETE FROM follows WHERE follower_id = ? AND followee_id = ?';
const COUNT = 'SELECT count(*) AS followers FROM follows WHERE followee_id = ?';

/** Who follows whom. */
export function createFollows({ readLong }: Engine) {
  return {
    /** Changes nothing when the one follows the other already. */
    add: (transaction: Transaction, followerId: number, followeeId: number, at: Date) =>
      transaction.execute(ADD, followerId, followeeId, at),

    remove: (transaction: Transaction, followerId: number, followeeId: number) =>
      transaction.execute(REMOVE, followerId, followeeId),

    async countFollowers(followeeId: number): Promise<number> {
      const [row] = await readLong<{ followers: number }>({}, COUNT, followeeId);
      return row?.followers ?? 0;
    },
  };
}
