import type { Cursor, ListFilter, ListOrder, SortColumn } from '../../../posts/post-finder.js';
import type { Sql } from '../../../queries.js';
import { postgresWords } from '../words.js';

const TYPES: Record<SortColumn, 'TIMESTAMPTZ' | 'BIGINT' | 'TEXT'> = {
  published_at: 'TIMESTAMPTZ',
  created_at: 'TIMESTAMPTZ',
  view_count: 'BIGINT',
  like_count: 'BIGINT',
  title: 'TEXT',
};

/** As `sortValue` is sent to clients. PostgreSQL takes no NUL in a text. */
const VALID: Record<'TIMESTAMPTZ' | 'BIGINT' | 'TEXT', (value: string | number) => boolean> = {
  TIMESTAMPTZ: (value) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(String(value)) && !Number.isNaN(Date.parse(String(value))),
  BIGINT: (value) => Number.isSafeInteger(value),
  TEXT: (value) => typeof value === 'string' && !value.includes('\0'),
};

/** The conditions on `posts p`. */
export function filterConditions({ status, categoryId, authorId, tagIds, followedBy }: ListFilter): Sql[] {
  const conditions: Sql[] = [{ sql: 'p.status = ?', parameters: [status] }];
  if (categoryId !== undefined) conditions.push({ sql: 'p.category_id = ?', parameters: [categoryId] });
  if (authorId !== undefined) conditions.push({ sql: 'p.author_id = ?', parameters: [authorId] });
  if (followedBy !== undefined) {
    const sql = 'p.author_id IN (SELECT followee_id FROM follows WHERE follower_id = ?)';
    conditions.push({ sql, parameters: [followedBy] });
  }
  if (tagIds) {
    const sql = `p.id IN (SELECT post_id FROM post_tags WHERE tag_id IN (${postgresWords.idsIn}))`;
    conditions.push({ sql, parameters: [JSON.stringify(tagIds)] });
  }
  return conditions;
}

export const allOf = (conditions: readonly Sql[]): Sql => ({
  sql: conditions.map(({ sql }) => sql).join(' AND '),
  parameters: conditions.flatMap(({ parameters }) => parameters),
});

export function orderBy({ column, descending }: ListOrder): string {
  const direction = descending ? 'DESC' : 'ASC';
  return `ORDER BY p.${column} ${direction}, p.id ${direction}`;
}

/** The condition for what comes after a cursor; undefined where its value is none that the column can have. */
export function afterCursor({ column, descending }: ListOrder, [value, id]: Cursor): Sql | undefined {
  const type = TYPES[column];
  if (!VALID[type](value) || !Number.isSafeInteger(id)) return undefined;
  return { sql: `(p.${column}, p.id) ${descending ? '<' : '>'} (CAST(? AS ${type}), ?)`, parameters: [value, id] };
}

/** Selects how many posts a list has, as triggers count them; undefined where no counter has it. */
export function countedTotal({ status, categoryId, authorId, tagIds, followedBy }: ListFilter): Sql | undefined {
  const parts = [categoryId, authorId, tagIds, followedBy].filter((part) => part !== undefined);
  if (status !== 'published' || parts.length > 1 || followedBy !== undefined) return undefined;
  if (categoryId !== undefined)
    return { sql: 'SELECT post_count FROM categories WHERE id = ?', parameters: [categoryId] };
  if (tagIds?.length === 1) return { sql: 'SELECT post_count FROM tags WHERE id = ?', parameters: [...tagIds] };
  if (tagIds) return undefined;
  const scope = authorId === undefined ? 'published' : `author:${authorId}`;
  return { sql: 'SELECT total FROM post_totals WHERE scope = ?', parameters: [scope] };
}

/** Whether one index gives filter and order: then a page costs what its length and depth do. */
export function isIndexed({ categoryId, authorId, tagIds, followedBy }: ListFilter, { column }: ListOrder): boolean {
  if (tagIds || followedBy !== undefined) return false;
  const parts = [categoryId, authorId].filter((part) => part !== undefined);
  return parts.length === 0 || (parts.length === 1 && column === 'published_at');
}
