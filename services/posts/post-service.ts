import type { Models } from '../../models/index.js';
import type { Values } from '../../models/table.js';
import type { Transaction } from '../../models/queries.js';
import type { PostOrder } from '../../models/posts/post-filter.js';
import type { PostDetail } from '../../models/posts/post-rows.js';
import type { PostRow, PostStatus } from '../../models/posts/post.js';
import { Forbidden, NotFound, NotSignedIn, ValidationFailed, VersionConflict } from '../errors.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import type { Cache } from '../cache/cache.js';
import { postChanged, postCreated, postDeleted } from '../cache/invalidation.js';
import type { SignalSource } from '../cache/shared-signal.js';
import type { Subject, Viewer } from '../viewer.js';
import { createLikes } from './likes.js';
import { excerptOf, plainText, renderMarkdown } from './markdown.js';
import { createPostList, type ListFilter } from './post-list.js';
import { createPostCache, type ForViewer } from './post-cache.js';
import { postPolicy } from './post-policy.js';
import { slugBesides, slugOf } from './slugs.js';
import { normalizeTags } from './tags.js';

export interface NewPost {
  title: string;
  content: string;
  /** Slug or name of a category, in either language. */
  category: string;
  /** Made from the text when left out or null. */
  excerpt?: string | null | undefined;
  tags?: readonly string[] | undefined;
  coverImage?: string | null | undefined;
  status?: PostStatus | undefined;
}
export type PostChanges = { [Field in keyof NewPost]?: NewPost[Field] | undefined };

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

    /** @throws ValidationFailed for an unknown category. */
    async create(
      actor: Actor,
      { category, tags = [], status = 'draft', ...input }: NewPost,
    ): Promise<ForViewer<PostDetail>> {
      const { html, text } = renderMarkdown(input.content);
      const names = normalizeTags(tags);
      const post = await writeAs(
        models,
        actor,
        async (transaction) => {
          const created = await insertUnderFreeSlug(transaction, {
            slug: slugOf(input.title),
            title: input.title,
            content: input.content,
            html,
            excerpt: input.excerpt ?? excerptOf(text),
            authorId: actor.id,
            categoryId: await categoryId(transaction, category),
            tags: JSON.stringify(names),
            coverImage: input.coverImage ?? null,
            status,
            publishedAt: status === 'published' ? new Date() : null,
          });
          await models.tags.replace(transaction, created.id, names);
          await models.posts.index(transaction, created.id, { title: created.title, text, tags: names });
          return created;
        },
        postCreated({ authorId: actor.id }),
      );
      return (await show(actor, 'id', post.id)).post;
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

    /** @throws NotFound, Forbidden */
    async remove(actor: Actor, id: number): Promise<void> {
      await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const post = await findVisible(transaction, viewer, id);
          if (!postPolicy.remove(viewer, post)) throw new Forbidden();
          await models.posts.remove(transaction, id);
        },
        postDeleted({ id }),
      );
    },

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

  async function findVisible(transaction: Transaction, viewer: Subject, id: number): Promise<PostRow> {
    const post = await models.posts.find(transaction, id);
    if (!post || !postPolicy.read(viewer, post)) throw new NotFound();
    return post;
  }

  async function change(actor: Actor, id: number, changes: PostChanges, versions: readonly number[] = []) {
    const rendered = changes.content === undefined ? undefined : renderMarkdown(changes.content);
    await writeAs(
      models,
      actor,
      async (transaction, viewer) => {
        const post = await findVisible(transaction, viewer, id);
        if (!postPolicy.update(viewer, post)) throw new Forbidden();
        if (versions.some((version) => version !== post.version)) throw new VersionConflict(post.version);
        const { title, content, category, excerpt, coverImage, status } = changes;
        const tags = changes.tags && normalizeTags(changes.tags);
        const text = rendered?.text ?? plainText(post.content);
        const columns: Values<PostRow> = { title, content, coverImage, status, version: post.version + 1 };
        if (rendered) columns.html = rendered.html;
        if (category !== undefined) columns.categoryId = await categoryId(transaction, category);
        if (excerpt !== undefined) columns.excerpt = excerpt ?? excerptOf(text);
        if (tags) columns.tags = JSON.stringify(tags);
        if ((status ?? post.status) === 'published') columns.publishedAt = post.publishedAt ?? new Date();
        await models.posts.update(transaction, post, columns);
        if (tags) await models.tags.replace(transaction, id, tags);
        if (title !== undefined || rendered || tags) {
          const names = tags ?? (JSON.parse(post.tags) as string[]);
          await models.posts.index(transaction, id, { title: title ?? post.title, text, tags: names });
        }
      },
      postChanged({ id }),
    );
    return (await show(actor, 'id', id)).post;
  }

  /** @throws ValidationFailed */
  async function categoryId(transaction: Transaction, category: string): Promise<number> {
    const id = await models.categories.idOf(transaction, category);
    if (id === undefined) throw new ValidationFailed(undefined, { fields: ['category'] });
    return id;
  }

  async function insertUnderFreeSlug(transaction: Transaction, row: Values<PostRow> & Pick<PostRow, 'slug'>) {
    const { posts } = models;
    const created =
      (await posts.insert(transaction, row)) ??
      (await posts.insert(transaction, { ...row, slug: slugBesides(row.slug) }));
    if (!created) throw new Error('a slug with 32 random bits was taken');
    return created;
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
