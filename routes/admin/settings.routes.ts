import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { settingsAnswer } from './settings.schema.js';

export function settingRoutes({ doctor }: Pick<Services, 'doctor'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/admin/settings', sensitive: true });

  router.get(
    '/',
    endpoint(
      {
        summary: 'Show the settings of this server, without secrets (administrators)',
        access: 'signed-in',
        response: settingsAnswer,
        errors: ['forbidden'],
      },
      async ({ viewer }) => ({ settings: [...doctor.settings(viewer)] }),
    ),
  );

  return router;
}
