import { openReader } from '../models/dialects/sqlite/reader.js';

/** What the database under test holds, as far as requests are made from it. */
export interface Contents {
  /** Ids of published posts, the oldest first; at most ten thousand of them, the newest. */
  published: number[];
  /** Every text once, of the newest posts. */
  texts: string[];
  /** Posts deep in the list of all, in its order. */
  deep: { publishedAt: string; id: number }[];
}

/** @param deepFrom the place in the list at which it is deep. */
export async function contentsOf(file: string, deepFrom = 0): Promise<Contents> {
  const reader = openReader(file);
  const rows = await reader.read<{ id: number }>(
    `SELECT id FROM posts WHERE status = 'published' ORDER BY published_at DESC, id DESC LIMIT 10000`,
  );
  const texts = await reader.read<{ text: string }>(
    'SELECT DISTINCT text FROM (SELECT text FROM post_search ORDER BY rowid DESC LIMIT 10000)',
  );
  const deep = await reader.read<{ publishedAt: string; id: number }>(
    `SELECT published_at AS publishedAt, id FROM posts WHERE status = 'published'
     ORDER BY published_at DESC, id DESC LIMIT 10000 OFFSET ?`,
    deepFrom,
  );
  await reader.close();
  return { published: rows.map(({ id }) => id).toReversed(), texts: texts.map(({ text }) => text), deep };
}
