/** The SQL of lists of posts. How a page is found decides what it costs: see `ListPlan`. */
import type { Cursor, ListFilter, ListOrder, SortColumn } from '../../../posts/post-finder.js';
import type { Sql } from '../../../queries.js';
import { filterConditions, indexed, type FilterLead } from './search-sql.js';

export interface Slice {
  limit: number;
  skip: number;
  after?: Cursor | undefined;
}

/**
 * - `index`: one index gives filter and order. The page is all that is read.
 * - `walk`: posts are checked for the filter in their order, until the page is full.
 * - a part of the filter: its posts are checked for the rest, and sorted.
 */
export type ListPlan = 'index' | 'walk' | FilterLead;

const ORDERED: Record<SortColumn, string> = {
  published_at: 'posts_by_publication',
  created_at: 'posts_by_creation',
  view_count: 'posts_by_views',
  like_count: 'posts_by_likes',
  title: 'posts_by_title',
};

type Part = Exclude<FilterLead, 'status'>;
const PARTS = { tags: 'tagIds', author: 'authorId', category: 'categoryId', followed: 'followedBy' } as const;

/** What a filter asks for besides a status. */
export function partsOf(filter: ListFilter): Part[] {
  return (Object.keys(PARTS) as Part[]).filter((part) => filter[PARTS[part]] !== undefined);
}

/** The index that gives both the filter and the order, where there is one. */
function indexFor(filter: ListFilter, column: SortColumn): string | undefined {
  const [part, ...more] = partsOf(filter);
  if (!part) return ORDERED[column];
  if (more.length > 0 || column !== 'published_at') return undefined;
  return part === 'author' ? 'posts_by_author' : part === 'category' ? 'posts_by_category' : undefined;
}

export function isIndexed(filter: ListFilter, { column }: ListOrder): boolean {
  return indexFor(filter, column) !== undefined;
}

export function orderBy(alias: string, { column, descending }: ListOrder): string {
  const direction = descending ? 'DESC' : 'ASC';
  return `ORDER BY ${alias}.${column} ${direction}, ${alias}.id ${direction}`;
}

/** Selects the ids on a page. Only the order is read from the rows of posts, which are long, and only after a lead. */
export function idsIn(plan: ListPlan, filter: ListFilter, order: ListOrder, slice: Slice): Sql {
  const from = sourceOf(plan, filter, order);
  const parts = [from, ...cursor(order, slice)];
  return {
    sql: `SELECT s.id AS id ${parts.map(({ sql }) => sql).join(' AND ')} ${orderBy('s', order)} LIMIT ? OFFSET ?`,
    parameters: [...parts.flatMap(({ parameters }) => parameters), slice.limit, slice.skip],
  };
}

function sourceOf(plan: ListPlan, filter: ListFilter, { column }: ListOrder): Sql {
  if (plan === 'index') {
    const conditions = filterConditions(filter, 's');
    return {
      sql: `FROM posts s INDEXED BY ${indexFor(filter, column)} WHERE ${allOf(conditions)}`,
      parameters: parametersOf(conditions),
    };
  }
  if (plan === 'walk') {
    const conditions = filterConditions(filter);
    return {
      sql: `FROM posts s INDEXED BY ${ORDERED[column]} CROSS JOIN posts p INDEXED BY posts_for_search ON p.id = s.id
        WHERE s.status = ? AND ${allOf(conditions)}`,
      parameters: [filter.status, ...parametersOf(conditions)],
    };
  }
  const { source, conditions } = matching(plan, filter);
  return {
    sql: `FROM ${source.sql} CROSS JOIN posts s ON s.id = p.id WHERE ${allOf(conditions)}`,
    parameters: [...source.parameters, ...parametersOf(conditions)],
  };
}

/** The posts of one part, each checked for the others in an index that holds nothing else. */
function matching(lead: FilterLead, filter: ListFilter): { source: Sql; conditions: Sql[] } {
  const { id, sql, parameters } = indexed(lead, filter);
  const distinct = lead === 'tags' && (filter.tagIds?.length ?? 0) > 1 ? 'DISTINCT' : '';
  const source = {
    sql: `(SELECT ${distinct} ${id} AS id ${sql}) hit CROSS JOIN posts p INDEXED BY posts_for_search ON p.id = hit.id`,
    parameters,
  };
  const rest = lead === 'status' ? filter : { ...filter, [PARTS[lead]]: undefined };
  return { source, conditions: filterConditions(rest) };
}

/** Counts the posts in a list, none beyond `most`. */
export function countOf(lead: FilterLead, filter: ListFilter, most: number): Sql {
  const { source, conditions } = matching(lead, filter);
  return {
    sql: `SELECT count(*) AS total FROM (SELECT 1 FROM ${source.sql} WHERE ${allOf(conditions)} LIMIT ?)`,
    parameters: [...source.parameters, ...parametersOf(conditions), most],
  };
}

/** Selects how many published posts each part of a filter has, as triggers count them. */
export function publishedSizes(filter: ListFilter): Sql {
  const counts = (['status', ...partsOf(filter)] as const).map((part) => ({
    part,
    count: publishedSize(part, filter),
  }));
  return {
    sql: `SELECT ${counts.map(({ part, count }) => `coalesce((${count.sql}), 0) AS ${part}`).join(', ')}`,
    parameters: counts.flatMap(({ count }) => count.parameters),
  };
}

/** Selects the number of posts in a list of one part, or of none. With several tags it may be too high. */
export function publishedSize(part: FilterLead, { tagIds, authorId, categoryId, followedBy }: ListFilter): Sql {
  switch (part) {
    case 'status':
      return { sql: `SELECT total FROM post_totals WHERE scope = 'published'`, parameters: [] };
    case 'author':
      return { sql: 'SELECT total FROM post_totals WHERE scope = ?', parameters: [`author:${authorId}`] };
    case 'category':
      return { sql: 'SELECT post_count FROM categories WHERE id = ?', parameters: [categoryId ?? 0] };
    case 'tags': {
      const sql = 'SELECT sum(post_count) FROM tags WHERE id IN (SELECT value FROM json_each(?))';
      return { sql, parameters: [JSON.stringify(tagIds ?? [])] };
    }
    case 'followed': {
      const sql = `SELECT sum(t.total) FROM follows f
        CROSS JOIN post_totals t ON t.scope = 'author:' || f.followee_id WHERE f.follower_id = ?`;
      return { sql, parameters: [followedBy ?? 0] };
    }
  }
}

function cursor({ column, descending }: ListOrder, { after }: Slice): Sql[] {
  return after ? [{ sql: `(s.${column}, s.id) ${descending ? '<' : '>'} (?, ?)`, parameters: after }] : [];
}

const allOf = (conditions: Sql[]) => conditions.map(({ sql }) => sql).join(' AND ');
const parametersOf = (conditions: Sql[]) => conditions.flatMap(({ parameters }) => parameters);
