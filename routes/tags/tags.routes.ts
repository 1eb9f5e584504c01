import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { tagListAnswer, tagListQuery } from './tags.schema.js';

export function tagRoutes({ tags }: Pick<Services, 'tags'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/tags', sensitive: true });

  router.get(
    '/',
    endpoint(
      {
        summary: 'List the tags of published posts, most used first',
        access: 'anyone',
        query: tagListQuery,
        response: tagListAnswer,
        revalidates: true,
      },
      async ({ query }) => ({ tags: await tags.list(query) }),
    ),
  );

  return router;
}
