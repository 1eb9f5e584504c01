import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { idParams, presentPagination } from '../fields.schema.js';
import {
  changedCommentSchema,
  commentAnswer,
  commentListAnswer,
  commentListQuery,
  newCommentSchema,
} from './comments.schema.js';

export function commentRoutes({ comments }: Pick<Services, 'comments'>) {
  const router = new Router<AppState, AppContext>({ sensitive: true });

  router.get(
    '/posts/:id/comments',
    endpoint(
      {
        summary: 'List the comments on a post, oldest first, each followed by its replies',
        access: 'anyone',
        params: idParams,
        query: commentListQuery,
        response: commentListAnswer,
        revalidates: true,
      },
      async ({ params, query, viewer, signal }) => {
        const page = await comments.list(viewer, params.id, query, signal);
        return { comments: page.comments, pagination: presentPagination(query, page.total) };
      },
    ),
  );

  router.post(
    '/posts/:id/comments',
    endpoint(
      {
        summary: 'Comment on a post, or reply to a comment on it',
        access: 'signed-in',
        params: idParams,
        body: newCommentSchema,
        response: commentAnswer,
        status: 201,
        example: { content: 'The third layer made me cry.' },
      },
      async ({ params, body, actor }) => ({ comment: await comments.add(actor, params.id, body) }),
    ),
  );

  router.patch(
    '/comments/:id',
    endpoint(
      {
        summary: 'Edit one of my comments',
        access: 'signed-in',
        params: idParams,
        body: changedCommentSchema,
        response: commentAnswer,
        errors: ['forbidden'],
        example: { content: 'The third layer made me laugh.' },
      },
      async ({ params, body, actor }) => ({ comment: await comments.update(actor, params.id, body) }),
    ),
  );

  router.delete(
    '/comments/:id',
    endpoint(
      {
        summary: 'Delete a comment and the replies to it',
        access: 'signed-in',
        params: idParams,
        errors: ['forbidden'],
      },
      ({ params, actor }) => comments.remove(actor, params.id),
    ),
  );

  return router;
}
