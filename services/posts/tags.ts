import type { Transaction } from 'sequelize';
import type { Models } from '../../models/index.js';

export const MAX_TAGS = 10;

/** Tags as they are kept: in small letters, without the sign in front, each once, in the order given. */
export function normalizeTags(tags: readonly string[]): string[] {
  const names = tags.map((tag) =>
    tag.normalize('NFKC').trim().replace(/^#+/, '').replaceAll(/\s+/g, ' ').toLowerCase(),
  );
  return [...new Set(names.filter(Boolean))].slice(0, MAX_TAGS);
}

/** Makes a post's rows in `post_tags` what its tags say. */
export async function writeTags(
  { execute }: Models,
  postId: number,
  tags: readonly string[],
  transaction: Transaction,
) {
  const names = JSON.stringify(tags);
  const named = 'SELECT id FROM tags WHERE name IN (SELECT value FROM json_each(?))';
  await execute(transaction, 'INSERT OR IGNORE INTO tags (name) SELECT value FROM json_each(?)', names);
  await execute(transaction, `DELETE FROM post_tags WHERE post_id = ? AND tag_id NOT IN (${named})`, postId, names);
  await execute(
    transaction,
    `INSERT OR IGNORE INTO post_tags (tag_id, post_id) SELECT id, ? FROM (${named})`,
    postId,
    names,
  );
}
