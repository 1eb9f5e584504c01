import type { Models } from '../../models/index.js';
import type { PostFilter, PostOrder } from '../../models/posts/post-filter.js';
import type { PostSummary } from '../../models/posts/post-rows.js';
import { searchTerms } from '../../models/posts/search-terms.js';
import { readCursor, writeCursor } from './cursor.js';
import { highlight } from './highlight.js';

/** Which posts a list is about. */
export interface ListFilter extends PostFilter {
  /** Words that a post has to have. The best hits come first then, whatever the order. */
  search?: string | undefined;
}

/** With `highlight`: a fragment with the words of the search in <mark>, escaped for HTML. */
export type FoundPost = PostSummary & { highlight?: string };

/** The `page` counts from 1. */
export interface Page {
  page: number;
  limit: number;
}
export interface Following {
  /** The `next` of the page before, or empty. */
  after: string;
  limit: number;
}

/** Posts beside another one. */
const MAX_RELATED = 4;

export type PostList = ReturnType<typeof createPostList>;

/** Finds posts: pages with a total, pages after a cursor, searches, and what goes with a post. */
export function createPostList({ posts }: Pick<Models, 'posts'>) {
  return {
    /** @param signal ends the read. */
    async page(
      { search, ...filter }: ListFilter,
      order: PostOrder,
      { page, limit }: Page,
      signal?: AbortSignal,
    ): Promise<{ posts: FoundPost[]; total: number }> {
      const skip = (page - 1) * limit;
      return search
        ? searchPage(search, filter, { skip, limit }, signal)
        : posts.findPage(filter, order, { skip, limit }, signal);
    },

    /** @param signal ends the read. @throws ValidationFailed for a cursor that is none. */
    async after(
      { search: _, ...filter }: ListFilter,
      order: PostOrder,
      { after, limit }: Following,
      signal?: AbortSignal,
    ): Promise<{ posts: FoundPost[]; next: string | null }> {
      const cursor = after === '' ? undefined : readCursor(after);
      const found = await posts.findAfter(filter, order, { limit, after: cursor }, signal);
      return { posts: found.posts, next: found.next && writeCursor(found.next) };
    },

    /** Published posts with any of its tags, then of its category; of each the newest. */
    async related(
      { id, tags, category }: Pick<PostSummary, 'id' | 'tags' | 'category'>,
      signal?: AbortSignal,
    ): Promise<{ posts: PostSummary[] }> {
      const limit = MAX_RELATED + 1; // the post itself may be among them
      const tagged = tags.length > 0 ? await newest({ status: 'published', tags }, limit, signal) : [];
      const found = new Map(tagged.map((post) => [post.id, post]));
      found.delete(id);
      if (found.size < MAX_RELATED) {
        const enough = limit + found.size; // those with its tags come again
        const filed = await newest({ status: 'published', category }, enough, signal);
        for (const post of filed) if (post.id !== id && !found.has(post.id)) found.set(post.id, post);
      }
      return { posts: [...found.values()].slice(0, MAX_RELATED) };
    },
  };

  async function newest(filter: PostFilter, limit: number, signal?: AbortSignal): Promise<PostSummary[]> {
    const order = { field: 'publishedAt', descending: true } as const;
    return (await posts.findAfter(filter, order, { limit, after: undefined }, signal)).posts;
  }

  async function searchPage(
    search: string,
    filter: PostFilter,
    { skip, limit }: { skip: number; limit: number },
    signal: AbortSignal | undefined,
  ) {
    const terms = searchTerms(search);
    const ids = await posts.search(terms, filter, signal);
    const shown = ids.slice(skip, skip + limit);
    if (shown.length === 0) return { posts: [], total: ids.length };
    const [summaries, texts] = await Promise.all([posts.findSummaries(shown), posts.searchedTexts(shown)]);
    const highlights = new Map(texts.map(({ id, title, text }) => [id, highlight(`${title} — ${text}`, terms.words)]));
    return {
      posts: summaries.map((post) => ({ ...post, highlight: highlights.get(post.id) ?? '' })),
      total: ids.length,
    };
  }
}
