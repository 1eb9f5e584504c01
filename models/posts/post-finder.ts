import type { Transaction } from '../queries.js';
import type { PostStatus } from './post.js';
import type { PostSummary } from './post-rows.js';
import type { SearchTerms } from './search-terms.js';

/** Which posts a list or a search is about: all conditions hold. */
export interface ListFilter {
  status: PostStatus;
  categoryId?: number | undefined;
  authorId?: number | undefined;
  /** Any of these; never empty. */
  tagIds?: readonly number[] | undefined;
  /** Only posts by those whom this account follows. */
  followedBy?: number | undefined;
}

export type SortColumn = 'published_at' | 'created_at' | 'view_count' | 'like_count' | 'title';

/** Ties are broken by id, in the same direction, so that pages neither repeat nor skip a post. */
export interface ListOrder {
  column: SortColumn;
  descending: boolean;
}

/**
 * Where a page ends: the sorted value of its last post, in whatever form the database compares it, and that post's id.
 * It comes back from clients, so its value may be of any type: one that the column cannot have must not throw.
 */
export type Cursor = [value: string | number, id: number];

/** What can be searched in a post. */
export interface SearchableText {
  title: string;
  text: string;
  tags: readonly string[];
}

/**
 * Finds posts in the way in which one database does it best: a page costs what its length and depth do, and not what
 * the number of posts does. Each method that takes a `signal` ends with it, by ReadEnded with the reason `aborted`.
 */
export interface PostFinder {
  /** A page, and how many posts there are on all pages: also beyond the last page, which has no rows. */
  page(
    filter: ListFilter,
    order: ListOrder,
    window: { limit: number; skip: number },
    signal?: AbortSignal,
  ): Promise<{ rows: PostSummary[]; total: number }>;

  /** The posts after a cursor, or the first ones. `next` is null when there are no more. */
  after(
    filter: ListFilter,
    order: ListOrder,
    window: { limit: number; after: Cursor | undefined },
    signal?: AbortSignal,
  ): Promise<{ rows: PostSummary[]; next: Cursor | null }>;

  search: PostSearch;
}

/** The full-text search of posts. Deleting a post removes its text as well, by a trigger. */
export interface PostSearch {
  /** Makes a post be found by this text and no other; in the transaction that writes the post. */
  index(transaction: Transaction, id: number, post: SearchableText): Promise<void>;
  /**
   * The ids of the newest hits, at most a hundred, the best first, and of equals the newest. A word in the title scores
   * 2, one among the tags 1. May leave out old posts when the search takes too long.
   *
   * @param terms at least one of `long` and `pairs` is not empty.
   */
  hits(terms: SearchTerms, filter: ListFilter, signal?: AbortSignal): Promise<number[]>;
  /** The texts that are indexed of these posts, in any order. */
  texts(ids: readonly number[]): Promise<{ id: number; title: string; text: string }[]>;
  /** Brings the index into the shape in which a search costs least, step by step until `stopping`. Called every hour. */
  tidy(stopping: AbortSignal): Promise<void>;
}
