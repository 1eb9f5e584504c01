import { Router } from '@koa/router';
import { signInOf } from '../../middlewares/authenticate.js';
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
      async ({ viewer, ctx }) => {
        const { signInId } = signInOf(ctx);
        return { sessions: (await signIns.list(viewer)).map((row) => presentDevice(row, signInId)) };
      },
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
      ({ viewer, ctx }) => signIns.endOthers(viewer, signInOf(ctx).signInId),
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
      async ({ params, viewer, ctx }) => {
        await signIns.endOwn(viewer, params.id);
        if (ctx.state.viewerBy === 'session' && params.id === ctx.state.signInId) endSession(ctx);
      },
    ),
  );

  return router;
}
