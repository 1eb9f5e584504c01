import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { UpstreamTokenFor } from '../../middlewares/gateway/gateway-request.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { homeAnswer } from './bff.schema.js';

/** Answers that are put together for one page. */
export function bffRoutes({ home, upstreamTokenFor }: Pick<Services, 'home'> & { upstreamTokenFor: UpstreamTokenFor }) {
  const router = new Router<AppState, AppContext>({ prefix: '/bff', sensitive: true });

  router.get(
    '/home',
    endpoint(
      {
        summary: 'Show the data of the home page, without parts that did not respond in time',
        access: 'anyone',
        response: homeAnswer,
      },
      async ({ viewer, ctx }) =>
        home.show({ viewer, key: ctx.ip, tokenFor: (upstream) => upstreamTokenFor(ctx, upstream) }),
    ),
  );

  return router;
}
