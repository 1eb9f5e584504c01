import type { Database } from '../../models/index.js';
import type { Queries } from '../../models/queries.js';

const TABLES = {
  users: '*',
  sessions: '*',
  sign_ins: 'id, user_id, kind', // not when they were last seen
  refresh_tokens: '*',
  personal_tokens: 'id, user_id, name, scopes, hash',
  posts: 'id, slug, title, content, status, version, like_count, comment_count', // not the views: reading changes them
  comments: '*',
  likes: '*',
  follows: '*',
  categories: '*',
  tags: '*',
  uploads: '*',
};

/** Everything that is stored, to compare before and after. @param queries of a transaction, to see it as this one does. */
export async function allRows(
  { engine }: Database,
  queries: Queries = { select: engine.read },
): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {};
  for (const [table, columns] of Object.entries(TABLES)) {
    const sql = `SELECT ${columns} FROM ${table} ORDER BY 1, 2`;
    rows[table] = await queries.select(sql);
  }
  return rows;
}

/** How many rows a table has, or those that `where` asks for. */
export async function countRows({ engine }: Database, table: string, where = ''): Promise<number> {
  const [row] = await engine.read<{ count: number }>(`SELECT count(*) AS count FROM ${table} ${where}`);
  return row?.count ?? 0;
}
