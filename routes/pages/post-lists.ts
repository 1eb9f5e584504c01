import { z } from 'zod';
import { COUNT_KEYS, POSTS_KEY } from '../../services/cache/invalidation.js';
import type { Services } from '../../services/index.js';
import { normalizeTags } from '../../services/posts/tags.js';
import { presentPagination } from '../fields.schema.js';
import { postListAnswer } from '../posts/posts.schema.js';
import type { PageInput } from './page.js';
import type { PageAnswer } from './page-state.js';

/** Cards in one part of a list: the pages ask the API for as many. */
export const LIST_LIMIT = 12;

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
): Promise<{ answer: PageAnswer; next: string | null }> {
  const { tags, ...filter } = choice;
  const { posts: entries, next } = await posts.after(
    viewer,
    {
      ...filter,
      tags: tags === undefined ? undefined : normalizeTags([tags]),
      after,
      limit: LIST_LIMIT,
      sort: NEWEST_FIRST,
    },
    signal,
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(choice)) if (value !== undefined) query.set(name, String(value));
  query.set('limit', String(LIST_LIMIT));
  return {
    answer: { path: `/api/posts?${query.toString()}`, answer: postListAnswer.parse({ posts: entries, next }), after },
    next,
  };
}

/** A page of the posts that a search finds, as `GET /api/posts?search=` answers it. */
export async function searchPosts(
  { posts }: Pick<Services, 'posts'>,
  { viewer, signal }: Pick<PageInput, 'viewer' | 'signal'>,
  { search, page }: { search: string; page: number },
): Promise<{ answer: PageAnswer; pages: number }> {
  const found = await posts.page(viewer, { search, page, limit: LIST_LIMIT, sort: NEWEST_FIRST }, signal);
  const pagination = presentPagination({ page, limit: LIST_LIMIT }, found.total);
  const query = new URLSearchParams({ search, page: String(page), limit: String(LIST_LIMIT) });
  const answer = postListAnswer.parse({ posts: found.posts, pagination });
  return { answer: { path: `/api/posts?${query.toString()}`, answer }, pages: pagination.pages };
}

/** The address of the next part of a list, for the link in its page. */
export function nextPath(path: string, next: string | null): string | undefined {
  if (next === null) return undefined;
  return `${path}${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(next)}`;
}
