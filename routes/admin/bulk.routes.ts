import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { bulkAnswer, bulkDeleteSchema, bulkPostsSchema, bulkUsersSchema, presentBulk } from './bulk.schema.js';

/** One action on up to 100 rows. */
export function bulkRoutes({ bulk }: Pick<Services, 'bulk'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/admin', sensitive: true });

  router.post(
    '/users/bulk',
    endpoint(
      {
        summary: 'Activate, deactivate or delete accounts (administrators)',
        access: 'signed-in',
        body: bulkUsersSchema,
        response: bulkAnswer,
        errors: ['forbidden'],
        example: { action: 'activate', ids: [2, 3] },
      },
      async ({ body: { action, ids, content }, actor, messages }) =>
        presentBulk(await bulk.users(actor, action, ids, content), messages),
    ),
  );

  router.post(
    '/posts/bulk',
    endpoint(
      {
        summary: 'Publish, archive or delete posts (editors)',
        access: 'signed-in',
        body: bulkPostsSchema,
        response: bulkAnswer,
        errors: ['forbidden'],
        example: { action: 'publish', ids: [2, 3] },
      },
      async ({ body: { action, ids }, actor, messages }) => presentBulk(await bulk.posts(actor, action, ids), messages),
    ),
  );

  router.post(
    '/comments/bulk',
    endpoint(
      {
        summary: 'Delete comments and the replies to them (editors)',
        access: 'signed-in',
        body: bulkDeleteSchema,
        response: bulkAnswer,
        errors: ['forbidden'],
        example: { action: 'delete', ids: [2, 3] },
      },
      async ({ body: { ids }, actor, messages }) => presentBulk(await bulk.comments(actor, ids), messages),
    ),
  );

  router.post(
    '/uploads/bulk',
    endpoint(
      {
        summary: 'Delete pictures of any account (administrators)',
        access: 'signed-in',
        body: bulkDeleteSchema,
        response: bulkAnswer,
        errors: ['forbidden'],
        example: { action: 'delete', ids: [2, 3] },
      },
      async ({ body: { ids }, actor, messages }) => presentBulk(await bulk.uploads(actor, ids), messages),
    ),
  );

  return router;
}
