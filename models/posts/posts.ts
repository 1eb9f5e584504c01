import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';
import { tableOf, type Values } from '../table.js';
import type { Categories } from './categories.js';
import { listOrder, type PostFilter, type PostOrder } from './post-filter.js';
import type { Cursor, ListFilter, SearchableText } from './post-finder.js';
import {
  detailOf,
  postTables,
  summaryColumn,
  summaryOf,
  type DetailRow,
  type PostDetail,
  type PostSummary,
  type SummaryRow,
} from './post-rows.js';
import { definePost, type PostRow, type PostStatus } from './post.js';
import type { SearchTerms } from './search-terms.js';
import type { Tags } from './tags.js';

export type Posts = ReturnType<typeof createPosts>;

/** What a policy asks about a post. */
export interface PostAccess {
  /** Null when the author's account has been deleted. */
  authorId: number | null;
  status: PostStatus;
  commentCount: number;
}

export interface PostCounts {
  id: number;
  viewCount: number;
  likeCount: number;
  commentCount: number;
}

/** Posts: rows to write, and as lists and pages show them. Triggers count views, likes and comments. */
export function createPosts(engine: Engine, { categories, tags }: { categories: Categories; tags: Tags }) {
  const { read, sequelize, words } = engine;
  const finder = engine.createPostFinder(engine);
  const table = tableOf<PostRow>(definePost(sequelize));
  const summary = summaryColumn(words);
  const detail = `SELECT ${summary}, p.content, p.html, p.renderer FROM ${postTables()} WHERE`;
  const DETAIL = { id: `${detail} p.id = ?`, slug: `${detail} p.slug = ?` };
  const SUMMARIES = `SELECT ${summary} FROM ${postTables()} WHERE p.id IN (${words.idsIn})`;
  const HTML = `SELECT id, html FROM posts WHERE id IN (${words.idsIn}) AND length(html) <= ? AND renderer = ?`;
  const COUNTS = `SELECT id, view_count AS "viewCount", like_count AS "likeCount", comment_count AS "commentCount"
    FROM posts WHERE id IN (${words.idsIn})`;
  const ACCESS = 'SELECT author_id AS "authorId", status, comment_count AS "commentCount" FROM posts WHERE id = ?';
  const ACCESS_FOR_UPDATE = `${ACCESS} ${words.forUpdate}`;

  const due = "status = 'scheduled' AND publish_at <= ?";
  const IS_DUE = `SELECT 1 AS due FROM posts WHERE ${due} LIMIT 1`;
  // The condition again: of two processes the second waits for the first, and finds other rows than it has selected.
  const PUBLISH_DUE = `UPDATE posts
    SET status = 'published', published_at = publish_at, publish_at = NULL, version = version + 1, updated_at = ?
    WHERE id IN (SELECT id FROM posts WHERE ${due} ORDER BY publish_at LIMIT ?) AND ${due} RETURNING id`;

  return {
    /** A page of a list with how many posts there are on all pages. @param skip posts of earlier pages */
    async findPage(
      filter: PostFilter,
      order: PostOrder,
      window: { limit: number; skip: number },
      signal?: AbortSignal,
    ): Promise<{ posts: PostSummary[]; total: number }> {
      const wanted = await listFilter(filter);
      if (!wanted) return { posts: [], total: 0 };
      const { rows, total } = await finder.page(wanted, listOrder(filter, order), window, signal);
      return { posts: rows, total };
    },

    /** The posts of a list after a cursor, and the cursor behind them: null at the end. */
    async findAfter(
      filter: PostFilter,
      order: PostOrder,
      window: { limit: number; after: Cursor | undefined },
      signal?: AbortSignal,
    ): Promise<{ posts: PostSummary[]; next: Cursor | null }> {
      const wanted = await listFilter(filter);
      if (!wanted) return { posts: [], next: null };
      const { rows, next } = await finder.after(wanted, listOrder(filter, order), window, signal);
      return { posts: rows, next };
    },

    /** The ids of the newest hits, at most a hundred, the best first. */
    async search(terms: SearchTerms, filter: PostFilter, signal?: AbortSignal): Promise<number[]> {
      if (terms.long.length === 0 && terms.pairs.length === 0) return [];
      const wanted = await listFilter(filter);
      return wanted ? finder.search.hits(terms, wanted, signal) : [];
    },

    /** The texts in which a search finds these posts, in any order. */
    searchedTexts: (ids: readonly number[]) => finder.search.texts(ids),

    /** Makes a search find the post by this text. */
    index: (transaction: Transaction, id: number, text: SearchableText) => finder.search.index(transaction, id, text),

    /** Brings the index of the search into the shape in which it costs least. Ends early when `stopping` aborts. */
    tidySearch: finder.search.tidy,

    /** In the order of the ids. What has been deleted is left out. */
    async findSummaries(ids: readonly number[]): Promise<PostSummary[]> {
      const rows = (await read<SummaryRow>(SUMMARIES, JSON.stringify(ids))).map(summaryOf);
      const byId = new Map(rows.map((post) => [post.id, post]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },

    async findDetail(by: 'id' | 'slug', value: number | string): Promise<PostDetail | undefined> {
      const [row] = await read<DetailRow>(DETAIL[by], value);
      return row && detailOf(row);
    },

    /** The texts of those that this renderer has rendered, with at most `maxLength` characters, in any order. */
    findHtml: (ids: readonly number[], { maxLength, renderer }: { maxLength: number; renderer: number }) =>
      read<{ id: number; html: string }>(HTML, JSON.stringify(ids), maxLength, renderer),

    /** The counts of these posts at this moment, in any order. */
    counts: (ids: readonly number[]) => read<PostCounts>(COUNTS, JSON.stringify(ids)),

    /** What decides who may read it and write about it. */
    async findAccess(id: number): Promise<PostAccess | undefined> {
      return (await read<PostAccess>(ACCESS, id))[0];
    },

    /** The same for a write of a like or a comment: triggers count them in the post's row. */
    async findAccessForUpdate(transaction: Transaction, id: number): Promise<PostAccess | undefined> {
      return (await transaction.select<PostAccess>(ACCESS_FOR_UPDATE, id))[0];
    },

    /** A row that is about to be changed. */
    find: (transaction: Transaction, id: number) => table.find(transaction, id, words.forUpdate),
    /** Undefined when another post has this slug. */
    insert: (transaction: Transaction, values: Values<PostRow>) => table.insertIfFree(transaction, values),
    /** Writes what differs. @param post as `find` has returned it */
    update: (transaction: Transaction, post: PostRow, changes: Values<PostRow>) =>
      table.update(transaction, post, changes),
    /** Whether any scheduled post should be published by now. Its cost does not grow with the number of posts. */
    isDue: async (now: Date): Promise<boolean> => (await read(IS_DUE, now)).length > 0,
    /** Publishes scheduled posts whose time has come. @returns the ids of those that it has published. */
    async publishDue(transaction: Transaction, now: Date, most: number): Promise<number[]> {
      return (await transaction.select<{ id: number }>(PUBLISH_DUE, now, now, most, now)).map(({ id }) => id);
    },
    /** With its likes, comments, tags and earlier versions. */
    remove: (transaction: Transaction, id: number) => table.remove(transaction, id),
  };

  /** Undefined where no post can match: there is no such category, or none of the tags exists. */
  async function listFilter({ status, category, tags: names, author, followedBy }: PostFilter) {
    const filter: ListFilter = { status, authorId: author, followedBy };
    if (category !== undefined) {
      filter.categoryId = await categories.idOf({ select: read }, category);
      if (filter.categoryId === undefined) return undefined;
    }
    if (names?.length) {
      filter.tagIds = await tags.idsOf(names);
      if (filter.tagIds.length === 0) return undefined;
    }
    return filter;
  }
}
