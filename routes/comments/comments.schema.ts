import { z } from 'zod';
import { longText, pagination, paging } from '../fields.schema.js';
import { contentAuthorSchema } from '../posts/posts.schema.js';

export const commentSchema = z
  .object({
    id: z.int(),
    postId: z.int(),
    parentId: z.int().nullable().describe('The comment it replies to; always a top-level comment'),
    content: z.string().describe('Plain text; escape it before you show it as HTML'),
    author: contentAuthorSchema,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Comment' });

export const commentAnswer = z.object({ comment: commentSchema });
export const commentListAnswer = z.object({ comments: z.array(commentSchema), pagination });
export const commentListQuery = z.object(paging);

const content = longText(1, 2_000).describe('Plain text');

export const newCommentSchema = z
  .strictObject({
    content,
    parentId: z
      .int()
      .positive()
      .nullable()
      .optional()
      .describe('A reply to a reply is attached to the top-level comment'),
  })
  .meta({ id: 'NewComment' });
export const changedCommentSchema = z.strictObject({ content: content.optional() }).meta({ id: 'ChangedComment' });
