import type { CommentRow } from '../../models/comments/comment.js';
import type { CommentWithAuthor } from '../../models/comments/comments.js';
import type { Models } from '../../models/index.js';
import type { PostAccess } from '../../models/posts/posts.js';
import type { Page, Transaction } from '../../models/queries.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import { Forbidden, NotFound, ValidationFailed } from '../errors.js';
import type { SignalSource } from '../cache/shared-signal.js';
import { commentChanged, commentCreated, commentDeleted } from '../cache/invalidation.js';
import type { Subject } from '../viewer.js';
import { commentPolicy } from './comment-policy.js';

export interface NewComment {
  content: string;
  parentId?: number | null | undefined;
}

/** Comments on posts. Triggers count them, in the same transaction. */
export function createCommentService({ models }: { models: Models }) {
  const { comments, posts } = models;

  return {
    /**
     * A page of a post's comments, oldest first, each followed by its replies: the order in which they are shown. All
     * of them count, so that a page has an upper bound however many replies one comment has.
     *
     * @throws NotFound also for a post that the viewer may not see.
     */
    async list(viewer: Subject | undefined, postId: number, page: Page, signal?: SignalSource) {
      const post = await posts.findAccess(postId);
      if (!post || !commentPolicy.read(viewer, post)) throw new NotFound();
      return { comments: await comments.page(postId, page, signal?.()), total: post.commentCount };
    },

    /**
     * Comments on a post. A reply to a reply becomes one to the comment above both: every comment may be answered, and
     * no client has to know how deep threads are here. `parentId` of the result names that comment.
     *
     * @throws NotFound for the post, ValidationFailed for a parent that is no comment on it.
     */
    async add(actor: Actor, postId: number, { content, parentId = null }: NewComment): Promise<CommentWithAuthor> {
      const { comment, author } = await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const post = await posts.findAccessForUpdate(transaction, postId);
          if (!post || !commentPolicy.write(viewer, post)) throw new NotFound();
          const top = parentId === null ? null : await topOf(transaction, parentId, postId);
          const { id, username, name, avatar } = viewer;
          const row = { postId, parentId: top, authorId: id, content };
          return { comment: await comments.insert(transaction, row), author: { id, username, name, avatar } };
        },
        commentCreated({ postId }),
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
    async update(actor: Actor, id: number, { content }: { content?: string | undefined }): Promise<CommentWithAuthor> {
      await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const { comment } = await findVisible(transaction, viewer, id);
          if (!commentPolicy.update(viewer, comment)) throw new Forbidden();
          await comments.update(transaction, comment, { content });
        },
        commentChanged({ id }),
      );
      const comment = await comments.findWithAuthor(id);
      if (!comment) throw new NotFound(); // it was deleted since
      return comment;
    },

    /** Deletes a comment, and with it the replies to it. @throws NotFound, Forbidden */
    async remove(actor: Actor, id: number): Promise<void> {
      await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const { comment, post } = await findVisible(transaction, viewer, id);
          if (!commentPolicy.remove(viewer, comment, post)) throw new Forbidden();
          if (!(await comments.remove(transaction, id))) throw new NotFound(); // by another write meanwhile
        },
        commentDeleted({ id }),
      );
    },
  };

  async function topOf(transaction: Transaction, parentId: number, postId: number): Promise<number> {
    const parent = await comments.find(transaction, parentId);
    if (parent?.postId !== postId) {
      throw new ValidationFailed(undefined, { fields: ['parentId'], sentence: 'parentComment' });
    }
    return parent.parentId ?? parent.id;
  }

  async function findVisible(
    transaction: Transaction,
    viewer: Subject,
    id: number,
  ): Promise<{ comment: CommentRow; post: PostAccess }> {
    const comment = await comments.find(transaction, id);
    if (!comment) throw new NotFound();
    const post = await posts.findAccessForUpdate(transaction, comment.postId);
    if (!post || !commentPolicy.read(viewer, post)) throw new NotFound();
    return { comment, post };
  }
}
