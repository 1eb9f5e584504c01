import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { reportUpstreams } from '../../services/upstreams/index.js';
import { upstreamsAnswer } from './upstreams.schema.js';

export function upstreamRoutes({ gateway }: Pick<Services, 'gateway'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/admin/upstreams', sensitive: true });

  router.get(
    '/',
    endpoint(
      {
        summary: 'Show the state of the upstreams, as seen by this process (administrators)',
        access: 'signed-in',
        response: upstreamsAnswer,
        errors: ['forbidden'],
      },
      async ({ viewer }) => ({ upstreams: reportUpstreams(viewer, gateway) }),
    ),
  );

  return router;
}
