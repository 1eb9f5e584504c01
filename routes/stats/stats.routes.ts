import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { overviewAnswer } from './stats.schema.js';

export function statsRoutes({ stats }: Pick<Services, 'stats'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/posts/stats', sensitive: true });

  router.get(
    '/overview',
    endpoint(
      {
        summary: 'Show statistics of all posts (administrators)',
        access: 'signed-in',
        response: overviewAnswer,
        errors: ['forbidden'],
      },
      async ({ viewer, signal }) => stats.overview(viewer, signal),
    ),
  );

  return router;
}
