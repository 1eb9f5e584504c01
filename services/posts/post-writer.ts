import type { Models } from '../../models/index.js';
import type { PostRow, PostStatus } from '../../models/posts/post.js';
import type { Transaction } from '../../models/queries.js';
import type { Values } from '../../models/table.js';
import type { Actor } from '../actor.js';
import { postChanged, postCreated, postDeleted } from '../cache/invalidation.js';
import { Forbidden, NotFound, ValidationFailed, VersionConflict } from '../errors.js';
import type { Subject } from '../viewer.js';
import { writeAs } from '../write-as.js';
import { excerptOf, plainText, RENDERER, renderMarkdown } from './markdown.js';
import { postPolicy } from './post-policy.js';
import { publicationAfter, UNPUBLISHED } from './publication.js';
import { storeRevision } from './revision-history.js';
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
  /** When a scheduled post is published, as ISO 8601. */
  publishAt?: string | null | undefined;
}
export type PostChanges = { [Field in keyof NewPost]?: NewPost[Field] | undefined };

/** What a revision holds: a change of anything else stores none. */
const REVISED = ['title', 'content', 'excerpt', 'categoryId', 'tags', 'coverImage'] as const;

/** Creates, changes and deletes posts. */
export function createPostWriter(models: Models) {
  const { posts, revisions, tags } = models;

  return {
    /** @returns its id. @throws ValidationFailed */
    async create(actor: Actor, { category, status, publishAt, ...input }: NewPost): Promise<number> {
      const { html, text } = renderMarkdown(input.content);
      const names = normalizeTags(input.tags ?? []);
      return writeAs(
        models,
        actor,
        async (transaction) => {
          const { id, title } = await insertUnderFreeSlug(transaction, {
            slug: slugOf(input.title),
            title: input.title,
            content: input.content,
            html,
            renderer: RENDERER,
            excerpt: input.excerpt ?? excerptOf(text),
            authorId: actor.id,
            savedBy: actor.id,
            categoryId: await categoryId(transaction, category),
            tags: JSON.stringify(names),
            coverImage: input.coverImage ?? null,
            ...publicationAfter(UNPUBLISHED, { status, publishAt }),
          });
          await tags.replace(transaction, id, names);
          await posts.index(transaction, id, { title, text, tags: names });
          return id;
        },
        postCreated({ authorId: actor.id }),
      );
    },

    /**
     * Changes what is given and leaves the rest.
     *
     * @param versions the ones that the writer says they have seen; each has to be the current one.
     * @throws NotFound, Forbidden, VersionConflict, ValidationFailed
     */
    async change(actor: Actor, id: number, changes: PostChanges, versions: readonly number[]): Promise<void> {
      const rendered = changes.content === undefined ? undefined : renderMarkdown(changes.content);
      await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const post = await findVisible(transaction, viewer, id);
          if (!postPolicy.update(viewer, post)) throw new Forbidden();
          if (versions.some((version) => version !== post.version)) throw new VersionConflict(post.version);
          const { title, content, category, excerpt, coverImage } = changes;
          const names = changes.tags && normalizeTags(changes.tags);
          const text = rendered?.text ?? plainText(post.content);
          const columns: Values<PostRow> = {
            title,
            content,
            coverImage,
            ...(rendered && { html: rendered.html, renderer: RENDERER }),
            ...(category !== undefined && { categoryId: await categoryId(transaction, category) }),
            ...(excerpt !== undefined && { excerpt: excerpt ?? excerptOf(text) }),
            ...(names && { tags: JSON.stringify(names) }),
            ...publicationAfter(post, changes),
            version: post.version + 1,
          };
          if (REVISED.some((column) => columns[column] !== undefined && columns[column] !== post[column])) {
            await storeRevision(revisions, transaction, post);
            columns.savedBy = viewer.id;
          }
          await posts.update(transaction, post, columns);
          if (names) await tags.replace(transaction, id, names);
          if (title !== undefined || rendered || names) {
            const shown = names ?? (JSON.parse(post.tags) as string[]);
            await posts.index(transaction, id, { title: title ?? post.title, text, tags: shown });
          }
        },
        postChanged({ id }),
      );
    },

    /** @throws NotFound, Forbidden */
    async remove(actor: Actor, id: number): Promise<void> {
      await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const post = await findVisible(transaction, viewer, id);
          if (!postPolicy.remove(viewer, post)) throw new Forbidden();
          await posts.remove(transaction, id);
        },
        postDeleted({ id }),
      );
    },
  };

  async function findVisible(transaction: Transaction, viewer: Subject, id: number): Promise<PostRow> {
    const post = await posts.find(transaction, id);
    if (!post || !postPolicy.read(viewer, post)) throw new NotFound();
    return post;
  }

  /** @throws ValidationFailed */
  async function categoryId(transaction: Transaction, category: string): Promise<number> {
    const id = await models.categories.idOf(transaction, category);
    if (id === undefined) throw new ValidationFailed(undefined, { fields: ['category'] });
    return id;
  }

  async function insertUnderFreeSlug(transaction: Transaction, row: Values<PostRow> & Pick<PostRow, 'slug'>) {
    const created =
      (await posts.insert(transaction, row)) ??
      (await posts.insert(transaction, { ...row, slug: slugBesides(row.slug) }));
    if (!created) throw new Error('a slug with 32 random bits was taken');
    return created;
  }
}
