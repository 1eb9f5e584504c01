import type { Models } from '../../models/index.js';
import type { Cache } from '../cache/cache.js';
import type { SignalSource } from '../cache/shared-signal.js';
import { createPostCounts } from './post-counts.js';
import type { PostFilter, PostList, PostOrder } from './post-list.js';
import { DETAIL, POST_TABLES, detailOf, type DetailRow, type PostSummary } from './post-rows.js';
import { COUNT_KEYS, POSTS_KEY } from './posts-key.js';

interface Parts {
  models: Models;
  cache: Cache;
  list: PostList;
}

const ONE = `SELECT ${DETAIL} FROM ${POST_TABLES} WHERE`;
const BY = { id: `${ONE} p.id = ?`, slug: `${ONE} p.slug = ?` } as const;

/**
 * Lists and posts as the cache keeps them for everybody, with counts of this moment. `hit` says whether what is read
 * had been kept; whether the asker may read it is not asked here.
 */
export function createKeptPosts({ models, cache, list }: Parts) {
  const counts = createPostCounts(models);

  return {
    page: (filter: PostFilter, order: PostOrder, place: { page: number; limit: number }, signal?: SignalSource) =>
      kept(
        `posts:page:${JSON.stringify([filter, order, place])}`,
        keysOf(order),
        (shared) => list.page(filter, order, place, shared),
        signal,
      ),

    after: (filter: PostFilter, order: PostOrder, place: { after: string; limit: number }, signal?: SignalSource) =>
      kept(
        `posts:after:${JSON.stringify([filter, order, place])}`,
        keysOf(order),
        (shared) => list.after(filter, order, place, shared),
        signal,
      ),

    /** One post, or none, as a list. @param by kept apart: a slug may be a number, and then another post's id. */
    one: (by: keyof typeof BY, value: string | number) =>
      kept(`post:${by}:${value}`, [POSTS_KEY], async () => ({
        posts: (await models.read<DetailRow>(BY[by], value)).map(detailOf),
      })),
  };

  async function kept<P extends PostSummary, Rest extends object>(
    key: string,
    tags: readonly string[],
    find: (signal: AbortSignal) => Promise<Rest & { posts: P[] }>,
    signal?: SignalSource,
  ) {
    const { value, hit } = await cache.remember({ key, tags }, (shared) => counts.found(() => find(shared)), signal);
    return { ...value, posts: await counts.upToDate<P>(value.posts), hit };
  }
}

/** Which posts are on a page changes with the counts only where these give the order. */
function keysOf({ field }: PostOrder): readonly string[] {
  return field === 'viewCount' || field === 'likeCount' ? [POSTS_KEY, COUNT_KEYS[field]] : [POSTS_KEY];
}
