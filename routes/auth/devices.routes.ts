import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import { endSession } from '../../middlewares/session.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { idParams } from '../fields.schema.js';
import { deviceListAnswer, presentDevice } from './devices.schema.js';

/** Where one is signed in: browsers' sessions and programs' tokens alike. */
export function deviceRoutes({ signIns }: Pick<Services, 'signIns'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/auth/sessions', sensitive: true });

  router.get(
    '/',
    endpoint(
      {
        summary: 'List my sign-ins, last seen first',
        access: 'signed-in',
        refusesPersonalTokens: true,
        response: deviceListAnswer,
        errors: ['forbidden'],
      },
      async ({ viewer, actor }) => ({
        sessions: (await signIns.list(viewer)).map((row) => presentDevice(row, actor.credentialId)),
      }),
    ),
  );

  router.delete(
    '/',
    endpoint(
      {
        summary: 'End all my other sign-ins',
        access: 'signed-in',
        refusesPersonalTokens: true,
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
        refusesPersonalTokens: true,
        params: idParams,
        errors: ['forbidden'],
      },
      async ({ params, actor, ctx }) => {
        await signIns.endOwn(actor, params.id);
        if (actor.kind === 'session' && params.id === actor.credentialId) endSession(ctx);
      },
    ),
  );

  return router;
}
