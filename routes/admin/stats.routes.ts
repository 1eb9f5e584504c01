import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import { cachedResult } from '../../middlewares/http/json-response.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { dailyStatsAnswer, dailyStatsQuery } from './stats.schema.js';

export function dailyStatsRoutes({ dailyStats }: Pick<Services, 'dailyStats'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/admin/stats', sensitive: true });

  router.get(
    '/',
    endpoint(
      {
        summary: 'Show figures by day: what was published, and how the site was used (administrators)',
        access: 'signed-in',
        query: dailyStatsQuery,
        response: dailyStatsAnswer,
        errors: ['forbidden'],
        revalidates: true,
      },
      async ({ query, viewer, signal }) => {
        const { days, response } = await dailyStats.show(viewer, query.days, signal);
        return cachedResult(response, () => ({ days }));
      },
    ),
  );

  return router;
}
