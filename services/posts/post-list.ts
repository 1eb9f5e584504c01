import type { Models } from '../../models/index.js';
import { ReadEnded } from '../../models/read-lane.js';
import type { PostStatus } from '../../models/post.js';
import {
  countOf,
  idsIn,
  isIndexed,
  orderBy,
  partsOf,
  publishedSize,
  publishedSizes,
  type ListOrder,
  type ListPlan,
  type Slice,
} from '../../models/post-list.js';
import { filterCounts, type FilterLead, type SearchFilter, type Sql } from '../../models/post-search.js';
import { readCursor, writeCursor } from './cursor.js';
import { POST_TABLES, SUMMARY, summaryOf, type PostSummary, type SummaryRow } from './post-rows.js';
import type { PostSearch } from './post-search.js';

const SORT_COLUMNS = {
  publishedAt: 'published_at',
  createdAt: 'created_at',
  viewCount: 'view_count',
  likeCount: 'like_count',
  title: 'title',
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

/** Rows of an index that a short read may skip. */
const FEW_SKIPPED = 1_000;
/** What it costs to read the order from a post's row, by what it costs to check a post in indexes. */
const ROW_COST = 5;
/** A sort may cost this much even where a walk should cost less: a walk takes longer where the order goes by the filter. */
const CHEAP = 12_000;
/** How long a walk may run. */
const WALK_MS = 200;
/** A page after a cursor has no total: beyond so many posts the number only matters little. */
const COUNTED_AFTER = 4_000;

/** Finds posts. What a page costs depends on its length and depth, not on how many posts there are. */
export function createPostList({ models, search }: { models: Models; search: PostSearch }) {
  const { read, readLong } = models;

  return {
    /** @param page from 1. @param signal ends the read. */
    async page(filter: PostFilter, order: PostOrder, { page, limit }: Page, signal?: AbortSignal) {
      if (filter.search) return searchPage(filter, filter.search, { page, limit }, signal);
      const wanted = await wantedBy(filter);
      if (!wanted) return { posts: [], total: 0 };
      const listed = { filter: wanted, order: listOrder(filter, order), slice: { limit, skip: (page - 1) * limit } };
      if (isShort(listed)) return shortPage(listed);
      const { plan, lead, total } = await planOf(listed, Infinity, signal);
      const rows = listed.slice.skip < total ? await longRows(plan, lead, listed, signal) : [];
      return { posts: rows.map(summaryOf) as FoundPost[], total };
    },

    /** @param after the `next` of the page before, or empty. @throws ValidationFailed for anything else. */
    async after(filter: PostFilter, order: PostOrder, { after, limit }: Following, signal?: AbortSignal) {
      const slice = { limit: limit + 1, skip: 0, after: after === '' ? undefined : readCursor(after) };
      const wanted = await wantedBy(filter);
      if (!wanted) return { posts: [], next: null };
      const listed = { filter: wanted, order: listOrder(filter, order), slice };
      const rows = isShort(listed) ? await rowsOf('index', listed, read) : await rowsAfter(listed, signal);
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

  /** The total comes with the rows. Beyond the last page there are none, and posts all the same. */
  async function shortPage(listed: Listed) {
    const total = publishedSize(partsOf(listed.filter)[0] ?? 'status', listed.filter);
    const rows = await rowsOf('index', listed, read, total);
    const [counted] = rows[0] || listed.slice.skip === 0 ? rows : await read<Counted>(...statement(total));
    return { posts: rows.map(summaryOf) as FoundPost[], total: counted?.total ?? 0 };
  }

  /** What is skipped is skipped in indexes alone; only the page itself is joined. */
  function rowsOf(plan: ListPlan, { filter, order, slice }: Listed, run: Models['read'], total = NO_TOTAL) {
    const ids = idsIn(plan, filter, order, slice);
    const sql = `SELECT ${SUMMARY}, p.id, p.${order.column} AS sortValue, (${total.sql}) AS total
      FROM (${ids.sql}) listed CROSS JOIN ${POST_TABLES.replace('posts p', 'posts p ON p.id = listed.id')}
      ${orderBy('p', order)}`;
    return run<ListedRow>(sql, ...total.parameters, ...ids.parameters);
  }

  async function rowsAfter(listed: Listed, signal: AbortSignal | undefined) {
    const { plan, lead } = await planOf(listed, COUNTED_AFTER, signal);
    return longRows(plan, lead, listed, signal);
  }

  /** Gives a walk up that takes longer than expected, since what matches lies far behind in its order: a sort is left. */
  async function longRows(plan: ListPlan, lead: FilterLead, listed: Listed, signal: AbortSignal | undefined) {
    if (plan !== 'walk') return rowsOf(plan, listed, reading(signal));
    try {
      return await rowsOf(plan, listed, (sql, ...rest) => readLong({ signal, timeoutMs: WALK_MS }, sql, ...rest));
    } catch (error) {
      if (!(error instanceof ReadEnded && error.reason === 'timeout')) throw error;
      return rowsOf(lead, listed, reading(signal));
    }
  }

  /**
   * Counts what matches, and finds the cheapest way to the page.
   *
   * @param most what the total needs to count up to, where no counter has it.
   */
  async function planOf(
    { filter, order, slice }: Listed,
    most: number,
    signal: AbortSignal | undefined,
  ): Promise<{ plan: ListPlan; lead: FilterLead; total: number }> {
    const run = reading(signal);
    const parts = partsOf(filter);
    const published = filter.status === 'published';
    const counting = published ? publishedSizes(filter) : filterCounts(filter);
    const [sizes] = await run<Record<FilterLead, number>>(...statement(counting));
    if (!sizes) throw new Error('a SELECT without FROM has one row');
    const lead: FilterLead = parts.toSorted((one, other) => sizes[one] - sizes[other])[0] ?? 'status';
    const isKept = published && parts.length < 2 && (filter.tagIds?.length ?? 0) < 2;
    const total = isKept ? sizes[lead] : await counted(lead, filter, most, run);
    if (isIndexed(filter, order)) return { plan: 'index', lead, total };
    const walked = ((slice.skip + slice.limit) * sizes.status) / Math.max(total, 1);
    const sorted = sizes[lead] + ROW_COST * total;
    return { plan: sorted <= Math.max(walked, CHEAP) ? lead : 'walk', lead, total };
  }

  async function counted(lead: FilterLead, filter: SearchFilter, most: number, run: Models['read']): Promise<number> {
    const limit = Number.isFinite(most) ? most : -1; // SQLite's word for no limit
    const [row] = await run<{ total: number }>(...statement(countOf(lead, filter, limit)));
    return row?.total ?? 0;
  }

  /** The best hits first. */
  async function searchPage(filter: PostFilter, text: string, { page, limit }: Page, signal: AbortSignal | undefined) {
    const wanted = await wantedBy(filter);
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
  async function wantedBy({ status, category, tags, author, followedBy }: PostFilter) {
    const filter: SearchFilter = { status, authorId: author, followedBy };
    if (category !== undefined) {
      const [row] = await read<{ id: number }>(CATEGORY, category, category, category);
      if (!row) return undefined;
      filter.categoryId = row.id;
    }
    if (tags?.length) {
      filter.tagIds = (await read<{ id: number }>(TAGS, JSON.stringify(tags))).map(({ id }) => id);
      if (filter.tagIds.length === 0) return undefined;
    }
    return filter;
  }
}

/** One page of one list. */
interface Listed {
  filter: SearchFilter;
  order: ListOrder;
  slice: Slice;
}
type ListedRow = SummaryRow & Counted & { id: number; sortValue: Parameter };

interface Counted {
  /** How many there are on all pages. */
  total: number | null;
}

const NO_TOTAL: Sql = { sql: 'NULL', parameters: [] };

/** One index gives filter and order, and a counter the total, so that the page is all that is read. */
function isShort({ filter, order, slice }: Listed): boolean {
  return filter.status === 'published' && isIndexed(filter, order) && slice.skip <= FEW_SKIPPED;
}

const statement = ({ sql, parameters }: Sql): [string, ...Parameter[]] => [sql, ...parameters];

const SUMMARIES = `SELECT ${SUMMARY} FROM json_each(?) wanted
  CROSS JOIN ${POST_TABLES.replace('posts p', 'posts p ON p.id = wanted.value')} ORDER BY wanted.key`;
const TAGS = `SELECT id FROM tags WHERE name IN (SELECT value FROM json_each(?))`;
const CATEGORY = 'SELECT id FROM categories WHERE slug = ? OR name_zh = ? OR name_en = ?';

/** What has never been published has no date of publication: it is ordered by when it was written. */
function listOrder({ status }: PostFilter, { field, descending }: PostOrder): ListOrder {
  return { column: SORT_COLUMNS[field === 'publishedAt' && status !== 'published' ? 'createdAt' : field], descending };
}
