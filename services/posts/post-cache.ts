import type { Models } from '../../models/index.js';
import type { PostOrder } from '../../models/posts/post-filter.js';
import type { PostSummary } from '../../models/posts/post-rows.js';
import type { Cache } from '../cache/cache.js';
import { ALL_POST_KEYS, COUNT_KEYS, POSTS_KEY } from '../cache/invalidation.js';
import { createResponses } from '../cache/responses.js';
import type { SignalSource } from '../cache/shared-signal.js';
import type { Following, ListFilter, Page, PostList } from './post-list.js';
import { shownPost } from './shown-post.js';

/** For one caller: the post, and whether this caller likes it. */
export type ForViewer<P> = P & { likedByMe: boolean };

interface PostCacheDeps {
  models: Pick<Models, 'posts'>;
  cache: Cache;
  list: PostList;
}

/**
 * Lists and posts as a caller sees them who likes none of them, with counts of this moment. `hit` says whether the posts
 * were cached. Whether the caller may read them is not asked here.
 *
 * Each has two entries under string keys: what posts say, which lives until a post is changed, and the same with its
 * counts and the responses made of it, which lives until any count is changed.
 */
export function createPostCache({ models, cache, list }: PostCacheDeps) {
  return {
    page: (filter: ListFilter, order: PostOrder, page: Page, signal?: SignalSource) =>
      read(
        `posts:page:${JSON.stringify([filter, order, page])}`,
        tagsOf(order),
        (shared) => list.page(filter, order, page, shared),
        signal,
      ),

    after: (filter: ListFilter, order: PostOrder, page: Following, signal?: SignalSource) =>
      read(
        `posts:after:${JSON.stringify([filter, order, page])}`,
        tagsOf(order),
        (shared) => list.after(filter, order, page, shared),
        signal,
      ),

    /** One post, or none, as a list. @param by part of the key: a slug may be a number, and then another post's id. */
    one: (by: 'id' | 'slug', value: string | number) =>
      read(`post:${by}:${value}`, [POSTS_KEY], async () => {
        const post = await models.posts.findDetail(by, value);
        return { posts: post ? [shownPost(post)] : [] };
      }),

    /** A few posts that go with this one. */
    related: (post: PostSummary, signal?: SignalSource) =>
      read(`posts:related:${post.id}`, [POSTS_KEY], (shared) => list.related(post, shared), signal),
  };

  async function read<P extends PostSummary, Rest extends object>(
    key: string,
    tags: readonly string[],
    find: (signal: AbortSignal) => Promise<Rest & { posts: P[] }>,
    signal?: SignalSource,
  ) {
    let found = false;
    const shown = await cache.remember(
      { key: `${key}:shown`, tags: ALL_POST_KEYS, local: true },
      async (shared) => {
        const { value, hit } = await cache.remember({ key, tags }, find, () => shared);
        found = hit;
        // What has just been read has the counts of this moment.
        const posts = hit ? await withCounts(value.posts) : value.posts;
        const unliked = posts.map((post): ForViewer<P> => ({ ...post, likedByMe: false }));
        return { ...value, posts: unliked, responses: createResponses() };
      },
      signal,
    );
    return { ...shown.value, hit: shown.hit || found };
  }

  async function withCounts<P extends PostSummary>(posts: readonly P[]): Promise<P[]> {
    const rows = await models.posts.counts(posts.map(({ id }) => id));
    const counts = new Map(rows.map((row) => [row.id, row]));
    return posts.map((post) => ({ ...post, ...counts.get(post.id) }));
  }
}

/** Which posts are on a page changes with the counts only where these give the order. */
function tagsOf({ field }: PostOrder): readonly string[] {
  return field === 'viewCount' || field === 'likeCount' ? [POSTS_KEY, COUNT_KEYS[field]] : [POSTS_KEY];
}
