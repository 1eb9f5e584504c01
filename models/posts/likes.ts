import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';

const ADD = 'INSERT INTO likes (user_id, post_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
const REMOVE = 'DELETE FROM likes WHERE user_id = ? AND post_id = ?';
const COUNT = 'SELECT like_count AS "likeCount" FROM posts WHERE id = ?';

/** Who likes which post. Triggers count the likes of each post. */
export function createLikes({ read, words }: Engine) {
  const LIKED = `SELECT post_id AS id FROM likes WHERE user_id = ? AND post_id IN (${words.idsIn})`;

  return {
    /** Does nothing when the account likes the post already. */
    add: (transaction: Transaction, userId: number, postId: number) =>
      transaction.execute(ADD, userId, postId, new Date()),

    /** Does nothing when the account does not like the post. */
    remove: (transaction: Transaction, userId: number, postId: number) => transaction.execute(REMOVE, userId, postId),

    /** How many like the post, as seen in this transaction. */
    async count(transaction: Transaction, postId: number): Promise<number> {
      return (await transaction.select<{ likeCount: number }>(COUNT, postId))[0]?.likeCount ?? 0;
    },

    /** Which of these posts the account likes. */
    async likedAmong(userId: number, postIds: readonly number[]): Promise<Set<number>> {
      const rows = await read<{ id: number }>(LIKED, userId, JSON.stringify(postIds));
      return new Set(rows.map(({ id }) => id));
    },
  };
}
