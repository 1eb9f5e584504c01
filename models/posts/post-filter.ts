import type { ListOrder, SortColumn } from './post-finder.js';
import type { PostStatus } from './post.js';

const COLUMNS = {
  publishedAt: 'published_at',
  createdAt: 'created_at',
  viewCount: 'view_count',
  likeCount: 'like_count',
  title: 'title',
} as const satisfies Record<string, SortColumn>;
export type PostSortField = keyof typeof COLUMNS;
export const POST_SORT_FIELDS = Object.keys(COLUMNS) as PostSortField[];

/** Which posts a list is about: all conditions hold. */
export interface PostFilter {
  status: PostStatus;
  /** Slug or name, in either language. */
  category?: string | undefined;
  /** Any of these. */
  tags?: readonly string[] | undefined;
  author?: number | undefined;
  /** Only posts by those whom this account follows. */
  followedBy?: number | undefined;
}

export interface PostOrder {
  field: PostSortField;
  descending: boolean;
}

/** What has never been published has no date of publication: it is ordered by when it was written. */
export function listOrder({ status }: PostFilter, { field, descending }: PostOrder): ListOrder {
  return { column: COLUMNS[field === 'publishedAt' && status !== 'published' ? 'createdAt' : field], descending };
}
