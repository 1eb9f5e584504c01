import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { Sessions } from '../../middlewares/session/session.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { idParams } from '../fields.schema.js';
import { deviceListAnswer, presentDevice } from './devices.schema.js';

interface DeviceRoutesOptions extends Pick<Services, 'signIns'> {
  browserSessions: Pick<Sessions, 'end'>;
}

/** Where one is signed in: browsers' sessions and programs' tokens alike. */
export function deviceRoutes({ signIns, browserSessions }: DeviceRoutesOptions) {
  const router = new Router<AppState, AppContext>({ prefix: '/auth/sessions', sensitive: true });

  router.get(
    '/',
    endpoint(
      {
        summary: 'List my sign-ins, most recently used first',
        access: 'signed-in',
        response: deviceListAnswer,
        errors: ['forbidden'],
      },
      async ({ actor }) => ({
        sessions: (await signIns.list(actor)).map((row) => presentDevice(row, actor.credentialId)),
      }),
    ),
  );

  router.delete(
    '/',
    endpoint(
      {
        summary: 'End all my other sign-ins',
        access: 'signed-in',
        errors: ['forbidden'],
      },
      ({ actor }) => signIns.endOthers(actor),
    ),
  );

  router.delete(
    '/:id',
    endpoint(
      {
        summary: 'End one of my sign-ins',
        access: 'signed-in',
        params: idParams,
        errors: ['forbidden'],
      },
      async ({ params, actor, ctx }) => {
        await signIns.endOwn(actor, params.id);
        if (actor.kind === 'session' && params.id === actor.credentialId) await browserSessions.end(ctx);
      },
    ),
  );

  return router;
}
