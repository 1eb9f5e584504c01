import { Router } from '@koa/router';
import { documented, endpoint, type EndpointContext } from '../../middlewares/endpoint.js';
import { actorOf, requireSignedIn } from '../../middlewares/http/auth.js';
import { validate } from '../../middlewares/http/validate.js';
import { messagesFor } from '../../middlewares/locale.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { idParams } from '../fields.schema.js';
import { exportAnswer, presentExport } from './export.schema.js';

export function exportRoutes({ exports }: Pick<Services, 'exports'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/auth/export', sensitive: true });

  router.get(
    '/',
    endpoint(
      {
        summary: 'Begin an archive of all my data, unless one is being made',
        access: 'signed-in',
        response: exportAnswer,
        status: 202,
        errors: ['forbidden'],
      },
      async ({ actor }) => presentExport(await exports.begin(actor)),
    ),
  );

  router.get(
    '/:id',
    endpoint(
      {
        summary: 'Show whether my archive is done',
        access: 'signed-in',
        params: idParams,
        response: exportAnswer,
        errors: ['forbidden'],
      },
      async ({ params, actor }) => presentExport(await exports.find(actor, params.id)),
    ),
  );

  router.get(
    '/:id/file',
    documented(
      {
        summary: 'Fetch my archive, within a day',
        access: 'signed-in',
        params: idParams,
        produces: 'application/zip',
        errors: ['forbidden'],
      },
      async function exportFileHandler(ctx: EndpointContext) {
        const actor = actorOf(requireSignedIn(ctx.state.auth));
        const { id } = validate(idParams, ctx.params, messagesFor(ctx));
        const { size, read } = await exports.open(actor, id);
        ctx.attachment(`allium-${id}.zip`);
        ctx.type = 'application/zip';
        ctx.status = 200;
        if (ctx.method === 'GET') ctx.body = read();
        ctx.length = size;
      },
    ),
  );

  return router;
}
