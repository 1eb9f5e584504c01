import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { idParams } from '../fields.schema.js';
import { allCommentsAnswer, allUploadsAnswer, cursorQuery, nextAfter, presentOwnedUpload } from './oversight.schema.js';

/** What everybody has written and uploaded, for those who look after the site. */
export function oversightRoutes({ comments, media, users }: Pick<Services, 'comments' | 'media' | 'users'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/admin', sensitive: true });

  router.get(
    '/comments',
    endpoint(
      {
        summary: 'List the comments on all posts, newest first (editors)',
        access: 'signed-in',
        query: cursorQuery,
        response: allCommentsAnswer,
        errors: ['forbidden'],
      },
      async ({ query, viewer }) => {
        const latest = await comments.latest(viewer, query);
        return { comments: latest, next: nextAfter(latest, query.limit) };
      },
    ),
  );

  router.get(
    '/uploads',
    endpoint(
      {
        summary: 'List the pictures of all accounts, newest first (administrators)',
        access: 'signed-in',
        query: cursorQuery,
        response: allUploadsAnswer,
        errors: ['forbidden'],
      },
      async ({ query, viewer }) => {
        const { latest, owners } = await media.latest(viewer, query);
        return {
          files: latest.map((upload) => presentOwnedUpload(upload, owners)),
          next: nextAfter(latest, query.limit),
        };
      },
    ),
  );

  router.delete(
    '/users/:id/sessions',
    endpoint(
      {
        summary: 'End all sessions and tokens of an account (administrators)',
        access: 'signed-in',
        params: idParams,
        errors: ['forbidden'],
      },
      ({ params, actor }) => users.endCredentials(actor, params.id),
    ),
  );

  return router;
}
