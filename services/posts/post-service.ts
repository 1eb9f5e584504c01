import type { Models } from '../../models/index.js';
import type { PostOrder } from '../../models/posts/post-filter.js';
import type { PostStatus } from '../../models/posts/post.js';
import { Forbidden, NotFound, NotSignedIn } from '../errors.js';
import type { Actor } from '../actor.js';
import type { Cache } from '../cache/cache.js';
import type { SignalSource } from '../cache/shared-signal.js';
import type { Subject, Viewer } from '../viewer.js';
import { createLikes } from './likes.js';
import { createPostList, type ListFilter } from './post-list.js';
import { createPostCache, type ForViewer } from './post-cache.js';
import { postPolicy } from './post-policy.js';
import { createPostWriter, type NewPost, type PostChanges } from './post-writer.js';
import type { ShownPost } from './shown-post.js';

export interface PostQuery extends Omit<ListFilter, 'status' | 'followedBy'> {
  status?: PostStatus | undefined;
  sort: PostOrder;
  limit: number;
}

export type PostService = ReturnType<typeof createPostService>;

export function createPostService({ models, cache }: { models: Models; cache: Cache }) {
  const list = createPostList(models);
  const cached = createPostCache({ models, cache, list });
  const likes = createLikes(models);
  const writer = createPostWriter(models);

  return {
    /**
     * A page of posts with how many there are. Callers who like the same of them get the same `response`.
     *
     * @throws NotSignedIn, Forbidden for others' unpublished posts.
     */
    async page(
      viewer: Viewer | undefined,
      { page, limit, sort, ...filter }: PostQuery & { page: number },
      signal?: SignalSource,
    ) {
      const shown = visibleTo(viewer, filter);
      return likes.mark(viewer, await cached.page(shown, sort, { page, limit }, signal));
    },

    /** The posts after a cursor, however deep. @throws NotSignedIn, Forbidden, ValidationFailed */
    async after(
      viewer: Viewer | undefined,
      { after, limit, sort, ...filter }: PostQuery & { after: string },
      signal?: SignalSource,
    ) {
      const shown = visibleTo(viewer, filter);
      return likes.mark(viewer, await cached.after(shown, sort, { after, limit }, signal));
    },

    /** Published posts by those whom the viewer follows. */
    async feed(
      viewer: Viewer,
      { page, limit, sort }: { page: number; limit: number; sort: PostOrder },
      signal?: SignalSource,
    ) {
      const filter = { status: 'published', followedBy: viewer.id } as const;
      const { posts, total } = await list.page(filter, sort, { page, limit }, signal?.());
      return likes.mark(viewer, { posts: posts.map((post) => ({ ...post, likedByMe: false })), total });
    },

    /** @throws NotFound also for what the viewer may not see. */
    get: (viewer: Viewer | undefined, id: number) => show(viewer, 'id', id),
    /** @throws NotFound also for what the viewer may not see. */
    getBySlug: (viewer: Viewer | undefined, slug: string) => show(viewer, 'slug', slug),

    /** A few published posts with the same tags, then of the same category. @throws NotFound as `get` */
    async related(viewer: Viewer | undefined, id: number, signal?: SignalSource) {
      const { post } = await show(viewer, 'id', id);
      return likes.mark(viewer, await cached.related(post, signal));
    },

    /** @throws ValidationFailed for an unknown category. */
    async create(actor: Actor, input: NewPost): Promise<ForViewer<ShownPost>> {
      const id = await writer.create(actor, input);
      return (await show(actor, 'id', id)).post;
    },

    /**
     * Changes what is given and leaves the rest.
     *
     * @param versions the ones that the writer says they have seen; each has to be the current one.
     * @throws NotFound, Forbidden, VersionConflict, ValidationFailed
     */
    update: (actor: Actor, id: number, changes: PostChanges, versions?: readonly number[]) =>
      change(actor, id, changes, versions),

    /** Replaces the post: what is left out is what a new post would have, but for its state. Throws as `update`. */
    replace: (
      actor: Actor,
      id: number,
      { excerpt = null, tags = [], coverImage = null, ...post }: NewPost,
      versions?: readonly number[],
    ) => change(actor, id, { ...post, excerpt, tags, coverImage }, versions),

    remove: writer.remove,
    like: likes.set,
    tidySearch: models.posts.tidySearch,
  };

  async function show(viewer: Subject | undefined, by: 'id' | 'slug', value: string | number) {
    const { posts, response } = await likes.mark(viewer, await cached.one(by, value));
    const [post] = posts;
    if (!post || !postPolicy.read(viewer, { authorId: post.author?.id ?? null, status: post.status }))
      throw new NotFound();
    return { post, response };
  }

  async function change(actor: Actor, id: number, changes: PostChanges, versions: readonly number[] = []) {
    await writer.change(actor, id, changes, versions);
    return (await show(actor, 'id', id)).post;
  }
}

/**
 * Published posts for all callers; unpublished ones for their author and editors.
 *
 * @throws NotSignedIn, Forbidden
 */
function visibleTo(
  viewer: Viewer | undefined,
  { status = 'published', author, ...filter }: Omit<ListFilter, 'status'> & { status?: PostStatus | undefined },
): ListFilter {
  if (status === 'published') return { ...filter, status, author };
  if (!viewer) throw new NotSignedIn();
  if (postPolicy.oversee(viewer)) return { ...filter, status, author };
  if (author !== undefined && author !== viewer.id) throw new Forbidden();
  return { ...filter, status, author: viewer.id };
}
