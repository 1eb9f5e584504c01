import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { idParams, presentPagination } from '../fields.schema.js';
import { seenVersions, showPost } from './post-version.js';
import {
  previewAnswer,
  previewSchema,
  restoreAnswer,
  restoreSchema,
  revisionAnswer,
  revisionListAnswer,
  revisionParams,
  revisionQuery,
} from './writing.schema.js';

/** What an editor needs besides the post: a preview, and earlier versions. */
export function writingRoutes({ previews, revisions }: Pick<Services, 'previews' | 'revisions'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/posts' });

  router.post(
    '/preview',
    endpoint(
      {
        summary: 'Render Markdown as a post would show it',
        access: 'signed-in',
        body: previewSchema,
        response: previewAnswer,
        errors: ['rate_limited'],
        example: { content: '# Layers\n\nUnder each one there is **another**.' },
      },
      async ({ body, actor }) => ({ html: await previews.render(actor, body.content) }),
    ),
  );

  router.get(
    '/:id/revisions',
    endpoint(
      {
        summary: 'List earlier versions of a post, newest first',
        access: 'signed-in',
        params: idParams,
        query: revisionQuery,
        response: revisionListAnswer,
        errors: ['forbidden'],
      },
      async ({ params, query, viewer }) => {
        const found = await revisions.page(viewer, params.id, query);
        return { revisions: found.revisions, pagination: presentPagination(query, found.total) };
      },
    ),
  );

  router.get(
    '/:id/revisions/:version',
    endpoint(
      {
        summary: 'Show an earlier version of a post',
        access: 'signed-in',
        params: revisionParams,
        response: revisionAnswer,
        errors: ['forbidden'],
      },
      async ({ params, viewer }) => ({ revision: await revisions.find(viewer, params.id, params.version) }),
    ),
  );

  router.post(
    '/:id/revisions/:version/restore',
    endpoint(
      {
        summary: 'Restore an earlier version of a post, as a new version',
        access: 'signed-in',
        params: revisionParams,
        body: restoreSchema,
        response: restoreAnswer,
        errors: ['forbidden', 'version_conflict'],
        example: { version: 3 },
      },
      async ({ params, body, actor, ctx, messages }) => {
        const seen = seenVersions(ctx, body.version);
        const post = await revisions.restore(actor, params.id, params.version, seen);
        return { message: messages.done.postRestored, ...showPost(ctx, post) };
      },
    ),
  );

  return router;
}
