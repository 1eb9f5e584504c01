import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';

export type Tags = ReturnType<typeof createTags>;

const MOST_USED = `SELECT name, post_count AS "postCount" FROM tags WHERE post_count > 0
  ORDER BY post_count DESC, name LIMIT ?`;

export function createTags({ read, words }: Engine) {
  const named = `SELECT id FROM tags WHERE name IN (${words.textsIn})`;
  // In one order, so that two transactions that add the same tags do not wait for each other.
  const ADD = `INSERT INTO tags (name) SELECT added.name FROM ${words.rowsIn({ name: 'TEXT' })} added
    WHERE true ORDER BY added.name ON CONFLICT DO NOTHING`;
  const TAKE = `DELETE FROM post_tags WHERE post_id = ? AND tag_id NOT IN (${named})`;
  const GIVE = `INSERT INTO post_tags (tag_id, post_id) SELECT t.id, CAST(? AS INTEGER) FROM (${named}) t
    WHERE true ON CONFLICT DO NOTHING`;

  return {
    /** The tags of published posts, most used first. */
    mostUsed: (limit: number) => read<{ name: string; postCount: number }>(MOST_USED, limit),

    /** The ids of those names that are tags. */
    async idsOf(names: readonly string[]): Promise<number[]> {
      return (await read<{ id: number }>(named, JSON.stringify(names))).map(({ id }) => id);
    },

    /** Gives a post these tags and no others. */
    async replace(transaction: Transaction, postId: number, names: readonly string[]): Promise<void> {
      const list = JSON.stringify(names);
      await transaction.execute(ADD, JSON.stringify(names.map((name) => [name])));
      await transaction.execute(TAKE, postId, list);
      await transaction.execute(GIVE, postId, list);
    },
  };
}
