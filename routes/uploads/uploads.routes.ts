import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { idParams, presentPagination } from '../fields.schema.js';
import { presentUpload, uploadAnswer, uploadListAnswer, uploadListQuery, uploadsAnswer } from './uploads.schema.js';

const MAX_BYTES = 5 * 1024 * 1024;

export function uploadRoutes({ media }: Pick<Services, 'media'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/upload', sensitive: true });

  router.post(
    '/single',
    endpoint(
      {
        summary: 'Upload a picture',
        access: 'signed-in',
        files: { field: 'image', maxFiles: 1, maxBytes: MAX_BYTES },
        response: uploadAnswer,
        status: 201,
        errors: ['quota_exceeded', 'too_large', 'unsupported_media_type'],
      },
      async ({ files, actor, messages }) => {
        const [file] = (await media.keep(actor, files)).map(presentUpload);
        if (!file) throw new Error('the stored file is missing');
        return { message: messages.done.uploaded(1), file };
      },
    ),
  );

  router.post(
    '/multiple',
    endpoint(
      {
        summary: 'Upload up to five pictures, all or none',
        access: 'signed-in',
        files: { field: 'images', maxFiles: 5, maxBytes: MAX_BYTES },
        response: uploadsAnswer,
        status: 201,
        errors: ['quota_exceeded', 'too_large', 'unsupported_media_type'],
      },
      async ({ files, actor, messages }) => {
        const stored = await media.keep(actor, files);
        return { message: messages.done.uploaded(stored.length), files: stored.map(presentUpload) };
      },
    ),
  );

  router.get(
    '/',
    endpoint(
      {
        summary: 'List my pictures, newest first',
        access: 'signed-in',
        query: uploadListQuery,
        response: uploadListAnswer,
      },
      async ({ query, viewer, signal }) => {
        const { uploads, total } = await media.list(viewer, query, signal);
        const pagination = presentPagination(query, total);
        return { files: uploads.map(presentUpload), pagination, quota: await media.quota(viewer) };
      },
    ),
  );

  router.delete(
    '/:id',
    endpoint({ summary: 'Delete one of my pictures', access: 'signed-in', params: idParams }, ({ params, actor }) =>
      media.remove(actor, params.id),
    ),
  );

  return router;
}
