import { QueryTypes, type Transaction } from 'sequelize';
import type { Database } from '../../models/index.js';

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

/** Everything that is stored, to compare before and after. @param transaction to see it as this one does. */
export async function allRows({ sequelize }: Database, transaction?: Transaction): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {};
  for (const [table, columns] of Object.entries(TABLES)) {
    const sql = `SELECT ${columns} FROM ${table} ORDER BY 1, 2`;
    rows[table] = await sequelize.query<object>(sql, { type: QueryTypes.SELECT, ...(transaction && { transaction }) });
  }
  return rows;
}
