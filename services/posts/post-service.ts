import { UniqueConstraintError, type CreationAttributes, type Transaction } from 'sequelize';
import type { Models } from '../../models/index.js';
import type { Post, PostStatus } from '../../models/post.js';
import { Forbidden, NotFound, NotSignedIn, ValidationFailed, VersionConflict } from '../errors.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import type { Cache } from '../cache/cache.js';
import type { SignalSource } from '../cache/shared-signal.js';
import type { Subject, Viewer } from '../viewer.js';
import { createKeptPosts } from './kept-posts.js';
import { createLikes, type ForViewer } from './likes.js';
import { excerptOf, plainText, renderMarkdown } from './markdown.js';
import type { FoundPost, PostFilter, PostList, PostOrder } from './post-list.js';
import { postPolicy } from './post-policy.js';
import { POSTS_KEY } from './posts-key.js';
import type { PostDetail } from './post-rows.js';
import type { PostSearch } from './post-search.js';
import { slugBesides, slugOf } from './slugs.js';
import { normalizeTags, writeTags } from './tags.js';

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

export interface PostQuery extends Omit<PostFilter, 'status' | 'followedBy'> {
  status?: PostStatus | undefined;
  sort: PostOrder;
  limit: number;
}

export type PostService = ReturnType<typeof createPostService>;

interface Parts {
  models: Models;
  cache: Cache;
  list: PostList;
  search: PostSearch;
}

export function createPostService({ models, cache, list, search }: Parts) {
  const { Post, select } = models;
  const kept = createKeptPosts({ models, cache, list });
  const likes = createLikes(models);

  return {
    /** A page of posts with how many there are. @throws NotSignedIn, Forbidden for others' unpublished posts. */
    async page(
      viewer: Viewer | undefined,
      { page, limit, sort, ...filter }: PostQuery & { page: number },
      signal?: SignalSource,
    ) {
      const shown = visibleTo(viewer, filter);
      const { posts, total, hit } = await kept.page(shown, sort, { page, limit }, signal);
      return { posts: await likes.marked(viewer, posts), total, hit };
    },

    /** The posts after a cursor, however deep. @throws NotSignedIn, Forbidden, ValidationFailed */
    async after(
      viewer: Viewer | undefined,
      { after, limit, sort, ...filter }: PostQuery & { after: string },
      signal?: SignalSource,
    ) {
      const shown = visibleTo(viewer, filter);
      const { posts, next, hit } = await kept.after(shown, sort, { after, limit }, signal);
      return { posts: await likes.marked(viewer, posts), next, hit };
    },

    /** Published posts by those whom the viewer follows. */
    async feed(
      viewer: Viewer,
      { page, limit, sort }: { page: number; limit: number; sort: PostOrder },
      signal?: SignalSource,
    ) {
      const filter = { status: 'published', followedBy: viewer.id } as const;
      const { posts, total } = await list.page(filter, sort, { page, limit }, signal?.());
      return { posts: await likes.marked(viewer, posts), total };
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
          const created = await createUnderFreeSlug(
            {
              slug: slugOf(input.title),
              title: input.title,
              content: input.content,
              html,
              excerpt: input.excerpt ?? excerptOf(text),
              authorId: actor.id,
              categoryId: await categoryId(category, transaction),
              tags: JSON.stringify(names),
              coverImage: input.coverImage ?? null,
              status,
              publishedAt: status === 'published' ? new Date() : null,
            },
            transaction,
          );
          await writeTags(models, created.id, names, transaction);
          await search.index(created.id, { title: created.title, text, tags: names }, transaction);
          return created;
        },
        [POSTS_KEY],
      );
      return show(actor, 'id', post.id);
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
          const post = await findVisible(viewer, id, transaction);
          if (!postPolicy.remove(viewer, post)) throw new Forbidden();
          await post.destroy({ transaction });
        },
        [POSTS_KEY],
      );
    },

    like: likes.set,
  };

  async function show(viewer: Subject | undefined, by: 'id' | 'slug', value: string | number) {
    const { posts } = await kept.one(by, value);
    const [shown] = await likes.marked(viewer, posts);
    // What one may not see is not there: its existence is nobody's business either.
    if (!shown || !postPolicy.read(viewer, { authorId: shown.author?.id ?? null, status: shown.status }))
      throw new NotFound();
    return shown;
  }

  async function findVisible(viewer: Subject, id: number, transaction: Transaction): Promise<Post> {
    const post = await Post.findByPk(id, { transaction });
    if (!post || !postPolicy.read(viewer, post)) throw new NotFound();
    return post;
  }

  async function change(actor: Actor, id: number, changes: PostChanges, versions: readonly number[] = []) {
    const rendered = changes.content === undefined ? undefined : renderMarkdown(changes.content);
    await writeAs(
      models,
      actor,
      async (transaction, viewer) => {
        const post = await findVisible(viewer, id, transaction);
        if (!postPolicy.update(viewer, post)) throw new Forbidden();
        if (versions.some((version) => version !== post.version)) throw new VersionConflict(post.version);
        const { title, content, category, excerpt, coverImage, status } = changes;
        const tags = changes.tags && normalizeTags(changes.tags);
        const text = rendered?.text ?? plainText(post.content);
        if (title !== undefined) post.title = title;
        if (content !== undefined && rendered) Object.assign(post, { content, html: rendered.html });
        if (category !== undefined) post.categoryId = await categoryId(category, transaction);
        if (excerpt !== undefined) post.excerpt = excerpt ?? excerptOf(text);
        if (coverImage !== undefined) post.coverImage = coverImage;
        if (tags) post.tags = JSON.stringify(tags);
        if (status !== undefined) post.status = status;
        if (post.status === 'published') post.publishedAt ??= new Date();
        post.version += 1;
        await post.save({ transaction });
        if (tags) await writeTags(models, id, tags, transaction);
        if (title !== undefined || rendered || tags) {
          await search.index(id, { title: post.title, text, tags: JSON.parse(post.tags) as string[] }, transaction);
        }
      },
      [POSTS_KEY],
    );
    return show(actor, 'id', id);
  }

  /** @throws ValidationFailed */
  async function categoryId(category: string, transaction: Transaction): Promise<number> {
    const sql = 'SELECT id FROM categories WHERE slug = ? OR name_zh = ? OR name_en = ?';
    const [row] = await select<{ id: number }>(transaction, sql, category, category, category);
    if (!row) throw new ValidationFailed(undefined, { fields: ['category'] });
    return row.id;
  }

  async function createUnderFreeSlug(row: CreationAttributes<Post>, transaction: Transaction) {
    try {
      return await Post.create(row, { transaction });
    } catch (error) {
      if (!(error instanceof UniqueConstraintError)) throw error;
      return Post.create({ ...row, slug: slugBesides(row.slug) }, { transaction });
    }
  }
}

/**
 * Published posts for everybody; unpublished ones of one's own, or, to editors, of all.
 *
 * @throws NotSignedIn, Forbidden
 */
function visibleTo(
  viewer: Viewer | undefined,
  { status = 'published', author, ...filter }: Omit<PostFilter, 'status'> & { status?: PostStatus | undefined },
): PostFilter {
  if (status === 'published') return { ...filter, status, author };
  if (!viewer) throw new NotSignedIn();
  if (postPolicy.oversee(viewer)) return { ...filter, status, author };
  if (author !== undefined && author !== viewer.id) throw new Forbidden();
  return { ...filter, status, author: viewer.id };
}

export type { FoundPost };
