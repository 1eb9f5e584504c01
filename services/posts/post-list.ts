import type { Models } from '../../models/index.js';
import type { PostStatus } from '../../models/post.js';
import type { SearchFilter, Sql } from '../../models/post-search.js';
import { ValidationFailed } from '../errors.js';
import { POST_TABLES, SUMMARY, summaryOf, type PostSummary, type SummaryRow } from './post-rows.js';
import type { PostSearch } from './post-search.js';

const SORT_COLUMNS = {
  publishedAt: 'p.published_at',
  createdAt: 'p.created_at',
  viewCount: 'p.view_count',
  likeCount: 'p.like_count',
  title: 'p.title',
} as const;
export type PostSortField = keyof typeof SORT_COLUMNS;
export const POST_SORT_FIELDS = Object.keys(SORT_COLUMNS) as PostSortField[];

export interface PostFilter {
  status: PostStatus;
  /** Slug or name, in either language. */
  category?: string | undefined;
  /** Any of these. */
  tags?: readonly string[] | undefined;
  author?: number | undefined;
  /** Only posts by those whom this person follows. */
  followedBy?: number | undefined;
  search?: string | undefined;
}

export interface PostOrder {
  field: PostSortField;
  descending: boolean;
}

export type FoundPost = PostSummary & { highlight?: string };

/** A tag on fewer posts than this is looked up from the tag; on more, posts are asked for the tag in their order. */
const RARE = 2_000;

type Parameter = string | number;

/** The `page` counts from 1. */
interface Page {
  page: number;
  limit: number;
}
interface Following {
  /** The `next` of the page before, or empty. */
  after: string;
  limit: number;
}

export type PostList = ReturnType<typeof createPostList>;

/** Rows that a short read may skip. */
const FEW_SKIPPED = 1_000;

/** Finds posts. What a page costs depends on its length and depth, not on how many posts there are. */
export function createPostList({ models, search }: { models: Models; search: PostSearch }) {
  const { read, readLong } = models;

  return {
    /** @param page from 1. @param signal ends the read. */
    async page(filter: PostFilter, order: PostOrder, { page, limit }: Page, signal?: AbortSignal) {
      if (filter.search) return searchPage(filter, filter.search, { page, limit }, signal);
      const conditions = await conditionsOf(filter);
      const count = totalOf(filter, conditions);
      const skipped = (page - 1) * limit;
      const readPage = skipped <= FEW_SKIPPED ? readerFor(filter, signal) : reading(signal);
      // What is skipped is skipped in the index alone; only the page itself is joined.
      const ids = `SELECT p.id FROM posts p ${where(conditions)} ${orderBy(filter, order)} LIMIT ? OFFSET ?`;
      const sql = `SELECT ${SUMMARY}, (${count.sql}) AS total FROM (${ids}) listed
        CROSS JOIN ${POST_TABLES.replace('posts p', 'posts p ON p.id = listed.id')} ${orderBy(filter, order)}`;
      const parameters = [...count.parameters, ...parametersOf(conditions), limit, skipped];
      const rows = await readPage<SummaryRow & Counted>(sql, ...parameters);
      return { posts: rows.map(summaryOf) as FoundPost[], total: await totalIn(rows, page, count, signal) };
    },

    /** @param after the `next` of the page before, or empty. @throws ValidationFailed for anything else. */
    async after(filter: PostFilter, order: PostOrder, { after, limit }: Following, signal?: AbortSignal) {
      const conditions = await conditionsOf(filter);
      const column = sortColumn(filter, order);
      if (after !== '') {
        const [value, id] = readCursor(after);
        conditions.push({ sql: `(${column}, p.id) ${order.descending ? '<' : '>'} (?, ?)`, parameters: [value, id] });
      }
      const sql = `SELECT ${SUMMARY}, p.id, ${column} AS sortValue FROM ${POST_TABLES} ${where(conditions)} ${orderBy(filter, order)} LIMIT ?`;
      const rows = await readerFor(filter, signal)<SummaryRow & { id: number; sortValue: Parameter }>(
        sql,
        ...parametersOf(conditions),
        limit + 1,
      );
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return {
        posts: rows.slice(0, limit).map(summaryOf) as FoundPost[],
        next: last ? writeCursor(last.sortValue, last.id) : null,
      };
    },
  };

  function reading(signal: AbortSignal | undefined): Models['read'] {
    return (sql, ...parameters) => readLong({ signal }, sql, ...parameters);
  }

  /** One index gives the order of these lists and a counter their total, so that a page is a short read. */
  function readerFor(filter: PostFilter, signal: AbortSignal | undefined): Models['read'] {
    return keptTotal(filter) && !filter.tags?.length ? read : reading(signal);
  }

  /** The best hits first. */
  async function searchPage(filter: PostFilter, text: string, { page, limit }: Page, signal: AbortSignal | undefined) {
    const wanted = await searchFilterOf(filter);
    const ids = wanted ? await search.hits(text, wanted, signal) : [];
    const shown = ids.slice((page - 1) * limit, page * limit);
    if (shown.length === 0) return { posts: [], total: ids.length };
    const [rows, highlights] = await Promise.all([
      read<SummaryRow>(SUMMARIES, JSON.stringify(shown)),
      search.highlights(shown, text),
    ]);
    const posts = rows.map(summaryOf).map((post): FoundPost => ({ ...post, highlight: highlights.get(post.id) ?? '' }));
    return { posts, total: ids.length };
  }

  /** Undefined where no post can be: nobody has the tag, or there is no such category. */
  async function searchFilterOf({ status, category, tags, author }: PostFilter): Promise<SearchFilter | undefined> {
    const filter: SearchFilter = { status, authorId: author };
    if (category !== undefined) {
      const [row] = await read<{ id: number }>(CATEGORY, category, category, category);
      if (!row) return undefined;
      filter.categoryId = row.id;
    }
    if (tags?.length) {
      filter.tagIds = (await tagsNamed(tags)).map(({ id }) => id);
      if (filter.tagIds.length === 0) return undefined;
    }
    return filter;
  }

  async function conditionsOf({ status, category, tags, author, followedBy }: PostFilter): Promise<Sql[]> {
    const conditions: Sql[] = [{ sql: 'p.status = ?', parameters: [status] }];
    if (category !== undefined) {
      conditions.push({ sql: `p.category_id = (${CATEGORY})`, parameters: [category, category, category] });
    }
    if (author !== undefined) conditions.push({ sql: 'p.author_id = ?', parameters: [author] });
    if (followedBy !== undefined) {
      conditions.push({
        sql: 'p.author_id IN (SELECT followee_id FROM follows WHERE follower_id = ?)',
        parameters: [followedBy],
      });
    }
    if (tags && tags.length > 0) conditions.push(await tagged(tags));
    return conditions;
  }

  async function tagged(names: readonly string[]): Promise<Sql> {
    const rows = await tagsNamed(names);
    const ids = rows.map(({ id }) => id);
    const wanted = ids.map(() => '?').join(', ');
    const rare = rows.reduce((sum, { postCount }) => sum + postCount, 0) < RARE;
    return rare
      ? { sql: `p.id IN (SELECT post_id FROM post_tags WHERE tag_id IN (${wanted}))`, parameters: ids }
      : {
          sql: `EXISTS (SELECT 1 FROM post_tags t WHERE t.tag_id IN (${wanted}) AND t.post_id = p.id)`,
          parameters: ids,
        };
  }

  function tagsNamed(names: readonly string[]): Promise<{ id: number; postCount: number }[]> {
    return read(TAGS, JSON.stringify(names));
  }

  /** As the rows say, if there are any: beyond the last page there are none, and posts all the same. */
  async function totalIn(rows: readonly Counted[], page: number, count: Sql, signal?: AbortSignal): Promise<number> {
    if (rows[0] || page === 1) return rows[0]?.total ?? 0;
    const [row] = await readLong<Counted>({ signal }, `SELECT (${count.sql}) AS total`, ...count.parameters);
    return row?.total ?? 0;
  }
}

interface Counted {
  /** How many there are on all pages. */
  total: number | null;
}

/** Counts a list: kept by triggers for the lists that are long; counted for the others. */
function totalOf(filter: PostFilter, conditions: Sql[]): Sql {
  const counted = { sql: `SELECT count(*) FROM posts p ${where(conditions)}`, parameters: parametersOf(conditions) };
  return keptTotal(filter) ?? counted;
}

const SUMMARIES = `SELECT ${SUMMARY} FROM json_each(?) wanted
  CROSS JOIN ${POST_TABLES.replace('posts p', 'posts p ON p.id = wanted.value')} ORDER BY wanted.key`;
const TAGS = `SELECT id, post_count AS postCount FROM tags WHERE name IN (SELECT value FROM json_each(?))`;
const CATEGORY = 'SELECT id FROM categories WHERE slug = ? OR name_zh = ? OR name_en = ?';

function keptTotal({ status, category, tags, author, followedBy }: PostFilter): Sql | undefined {
  if (status !== 'published' || followedBy !== undefined) return undefined;
  const given = [category, tags?.length ? tags : undefined, author].filter((value) => value !== undefined);
  if (given.length > 1 || (tags?.length ?? 0) > 1) return undefined;
  if (category !== undefined) {
    const sql = `SELECT post_count FROM categories WHERE id = (${CATEGORY})`;
    return { sql, parameters: [category, category, category] };
  }
  if (tags?.[0] !== undefined) return { sql: 'SELECT post_count FROM tags WHERE name = ?', parameters: [tags[0]] };
  const scope = author === undefined ? 'published' : `author:${author}`;
  return { sql: 'SELECT total FROM post_totals WHERE scope = ?', parameters: [scope] };
}

const allOf = (conditions: Sql[]) => conditions.map(({ sql }) => sql).join(' AND ');
const where = (conditions: Sql[]) => `WHERE ${allOf(conditions)}`;
const parametersOf = (conditions: Sql[]) => conditions.flatMap(({ parameters }) => parameters);

/** What has never been published has no date of publication: it is ordered by when it was written. */
function sortColumn({ status }: PostFilter, { field }: PostOrder): string {
  return SORT_COLUMNS[field === 'publishedAt' && status !== 'published' ? 'createdAt' : field];
}

function orderBy(filter: PostFilter, order: PostOrder): string {
  const direction = order.descending ? 'DESC' : 'ASC';
  return `ORDER BY ${sortColumn(filter, order)} ${direction}, p.id ${direction}`;
}

function writeCursor(value: Parameter, id: number): string {
  return Buffer.from(JSON.stringify([value, id])).toString('base64url');
}

function readCursor(cursor: string): [Parameter, number] {
  try {
    const [value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if ((typeof value === 'string' || typeof value === 'number') && Number.isSafeInteger(id))
      return [value, Number(id)];
  } catch {
    // not one of ours: said below
  }
  throw new ValidationFailed(undefined, { fields: ['after'] });
}
