import { z } from 'zod';
import { COUNT_KEYS, POSTS_KEY } from '../../services/cache/invalidation.js';
import type { Services } from '../../services/index.js';
import { normalizeTags } from '../../services/posts/tags.js';
import type { Locale } from '../../views/locales/index.js';
import { categoryListAnswer, presentCategory } from '../categories/categories.schema.js';
import { presentPagination } from '../fields.schema.js';
import { feedQuery, postListAnswer } from '../posts/posts.schema.js';
import type { PageInput } from './page.js';
import { POSTS_PER_PART, SEARCH_ORDERS, type SearchOrder } from './page-choices.js';
import type { PageAnswer } from './page-state.js';

/** What pages of posts depend on. Views are counted all the time, and may be a minute late here. */
export const LIST_TAGS = [POSTS_KEY, COUNT_KEYS.likeCount, COUNT_KEYS.commentCount] as const;

/** Of a list: where it goes on, as the link in its page says. */
export const listQuery = z.object({ after: z.string().max(500).catch('').default('') });

const NEWEST_FIRST = { field: 'publishedAt', descending: true } as const;

interface ListChoice {
  category?: string;
  tags?: string;
  author?: number;
}

/** A part of a list of published posts, as `GET /api/posts?after=` answers it. */
export async function loadPosts(
  { posts }: Pick<Services, 'posts'>,
  { viewer, signal }: Pick<PageInput, 'viewer' | 'signal'>,
  choice: ListChoice,
  after: string,
): Promise<{ answer: PageAnswer; next: string | null; isEmpty: boolean }> {
  const { tags, ...filter } = choice;
  const { posts: entries, next } = await posts.after(
    viewer,
    {
      ...filter,
      tags: tags === undefined ? undefined : normalizeTags([tags]),
      after,
      limit: POSTS_PER_PART,
      sort: NEWEST_FIRST,
    },
    signal,
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(choice)) if (value !== undefined) query.set(name, String(value));
  query.set('limit', String(POSTS_PER_PART));
  return {
    answer: { path: `/api/posts?${query.toString()}`, answer: postListAnswer.parse({ posts: entries, next }), after },
    next,
    isEmpty: entries.length === 0,
  };
}

interface SearchChoice {
  search: string;
  /** Empty: any. */
  category: string;
  sort: SearchOrder;
  page: number;
}

/** A page of the posts that a search finds, as `GET /api/posts?search=` answers it. */
export async function searchPosts(
  { posts }: Pick<Services, 'posts'>,
  { viewer, signal }: Pick<PageInput, 'viewer' | 'signal'>,
  { search, category, sort, page }: SearchChoice,
): Promise<PageAnswer> {
  const order = feedQuery.shape.sort.parse(sort);
  const filter = { search, category: category || undefined };
  const found = await posts.page(viewer, { ...filter, page, limit: POSTS_PER_PART, sort: order }, signal);
  const pagination = presentPagination({ page, limit: POSTS_PER_PART }, found.total);
  const query = new URLSearchParams({
    search,
    ...(category && { category }),
    ...(sort !== SEARCH_ORDERS[0] && { sort }),
    page: String(page),
    limit: String(POSTS_PER_PART),
  });
  return {
    path: `/api/posts?${query.toString()}`,
    answer: postListAnswer.parse({ posts: found.posts, pagination }),
  };
}

/** The categories, as `GET /api/categories` answers them. */
export async function loadCategories({ categories }: Pick<Services, 'categories'>, locale: Locale) {
  const all = (await categories.list()).map((category) => presentCategory(category, locale));
  const answer: PageAnswer = { path: '/api/categories', answer: categoryListAnswer.parse({ categories: all }) };
  return { answer, all };
}

/** The address of the next part of a list, for the link in its page. */
export function nextPath(path: string, next: string | null): string | undefined {
  if (next === null) return undefined;
  return `${path}${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(next)}`;
}
