import type { Transaction } from 'sequelize';
import type { Models } from '../../models/index.js';
import type { Comment } from '../../models/comment.js';
import type { PostStatus } from '../../models/post.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import { Forbidden, NotFound, ValidationFailed } from '../errors.js';
import { isoTime, type PostSummary } from '../posts/post-rows.js';
import type { SignalSource } from '../cache/shared-signal.js';
import { COUNT_KEYS } from '../posts/posts-key.js';
import type { Subject } from '../viewer.js';
import { commentPolicy } from './comment-policy.js';

/** A comment as it is shown. Times are ISO 8601 UTC. */
export interface ShownComment {
  id: number;
  postId: number;
  /** The comment it replies to, which is never a reply itself. */
  parentId: number | null;
  /** As typed: neither Markdown nor HTML. */
  content: string;
  author: PostSummary['author'];
  createdAt: string;
  updatedAt: string;
}

export interface NewComment {
  content: string;
  parentId?: number | null | undefined;
}

export type CommentService = ReturnType<typeof createCommentService>;

interface Standing {
  authorId: number | null;
  status: PostStatus;
  commentCount: number;
}

const STANDING = `SELECT author_id AS authorId, status, comment_count AS commentCount FROM posts WHERE id = ?`;

const COLUMNS = `m.id, m.post_id AS postId, m.parent_id AS parentId, m.content, m.created_at AS createdAt,
  m.updated_at AS updatedAt, u.id AS authorId, u.username, u.name AS authorName, u.avatar AS authorAvatar`;
const TABLES = 'comments m LEFT JOIN users u ON u.id = m.author_id';
/** The order of the index `comments_by_thread`. */
const THREAD = 'ORDER BY coalesce(m.parent_id, m.id), m.id';
/** What is skipped is skipped in the index alone. */
const THREADS = `SELECT ${COLUMNS} FROM (SELECT m.id FROM comments m WHERE m.post_id = ? ${THREAD} LIMIT ? OFFSET ?) listed
  CROSS JOIN ${TABLES.replace('comments m', 'comments m ON m.id = listed.id')} ${THREAD}`;
const ONE = `SELECT ${COLUMNS} FROM ${TABLES} WHERE m.id = ?`;

/** What people say about posts. How many there are of a post is kept by triggers, in the same transaction. */
export function createCommentService({ models }: { models: Models }) {
  const { Comment, read, readLong, select } = models;

  return {
    /**
     * A page of a post's comments, oldest first, each followed by its replies: the order in which they are shown. All
     * of them count, so that a page has an upper bound however many replies one comment has.
     *
     * @param page from 1.
     * @throws NotFound also for a post that the viewer may not see.
     */
    async list(
      viewer: Subject | undefined,
      postId: number,
      { page, limit }: { page: number; limit: number },
      signal?: SignalSource,
    ) {
      const [post] = await read<Standing>(STANDING, postId);
      if (!post || !commentPolicy.read(viewer, post)) throw new NotFound();
      const rows = await readLong<object>({ signal: signal?.() }, THREADS, postId, limit, (page - 1) * limit);
      return { comments: rows.map(shown), total: post.commentCount };
    },

    /**
     * Comments on a post. A reply to a reply becomes one to the comment above both: every comment may be answered, and
     * no client has to know how deep threads are here. `parentId` of the answer tells where it went.
     *
     * @throws NotFound for the post, ValidationFailed for a parent that is no comment on it.
     */
    async add(actor: Actor, postId: number, { content, parentId = null }: NewComment): Promise<ShownComment> {
      const { comment, author } = await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const [post] = await select<Standing>(transaction, STANDING, postId);
          if (!post || !commentPolicy.write(viewer, post)) throw new NotFound();
          const top = parentId === null ? null : await topOf(parentId, postId, transaction);
          const { id, username, name, avatar } = viewer;
          const row = { postId, parentId: top, authorId: id, content };
          return { comment: await Comment.create(row, { transaction }), author: { id, username, name, avatar } };
        },
        [COUNT_KEYS.commentCount],
      );
      return {
        id: comment.id,
        postId,
        parentId: comment.parentId,
        content,
        author,
        createdAt: comment.createdAt.toISOString(),
        updatedAt: comment.updatedAt.toISOString(),
      };
    },

    /** @throws NotFound, Forbidden */
    async update(actor: Actor, id: number, { content }: { content?: string | undefined }): Promise<ShownComment> {
      await writeAs(models, actor, async (transaction, viewer) => {
        const { comment } = await findVisible(viewer, id, transaction);
        if (!commentPolicy.update(viewer, comment)) throw new Forbidden();
        if (content !== undefined) comment.content = content;
        await comment.save({ transaction });
      });
      const [row] = await read<object>(ONE, id);
      if (!row) throw new NotFound(); // it was deleted since
      return shown(row);
    },

    /** Deletes a comment, and with it the replies to it. @throws NotFound, Forbidden */
    async remove(actor: Actor, id: number): Promise<void> {
      await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const { comment, post } = await findVisible(viewer, id, transaction);
          if (!commentPolicy.remove(viewer, comment, post)) throw new Forbidden();
          await comment.destroy({ transaction });
        },
        [COUNT_KEYS.commentCount],
      );
    },
  };

  async function topOf(parentId: number, postId: number, transaction: Transaction): Promise<number> {
    const parent = await Comment.findByPk(parentId, { transaction });
    if (parent?.postId !== postId) {
      throw new ValidationFailed(undefined, { fields: ['parentId'], sentence: 'parentComment' });
    }
    return parent.parentId ?? parent.id;
  }

  async function findVisible(
    viewer: Subject,
    id: number,
    transaction: Transaction,
  ): Promise<{ comment: Comment; post: Standing }> {
    const comment = await Comment.findByPk(id, { transaction });
    if (!comment) throw new NotFound();
    const [post] = await select<Standing>(transaction, STANDING, comment.postId);
    if (!post || !commentPolicy.read(viewer, post)) throw new NotFound();
    return { comment, post };
  }
}

interface Row extends Omit<ShownComment, 'author'> {
  /** Null when the author's account has been deleted, and then the other three are as well. */
  authorId: number | null;
  username: string;
  authorName: string | null;
  authorAvatar: string | null;
}

function shown(row: object): ShownComment {
  const { id, postId, parentId, content, createdAt, updatedAt, authorId, username, authorName, authorAvatar } =
    row as Row;
  return {
    id,
    postId,
    parentId,
    content,
    author: authorId === null ? null : { id: authorId, username, name: authorName, avatar: authorAvatar },
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
  };
}
