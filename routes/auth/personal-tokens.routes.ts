import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { idParams } from '../fields.schema.js';
import {
  newPersonalTokenAnswer,
  newPersonalTokenSchema,
  personalTokenListAnswer,
  presentPersonalToken,
} from './personal-tokens.schema.js';

/** Tokens that people make for scripts of their own. */
export function personalTokenRoutes({ personalTokens }: Pick<Services, 'personalTokens'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/auth/tokens', sensitive: true });

  router.get(
    '/',
    endpoint(
      {
        summary: 'List my personal access tokens, newest first',
        access: 'signed-in',
        response: personalTokenListAnswer,
        errors: ['forbidden'],
      },
      async ({ actor }) => ({ tokens: (await personalTokens.list(actor)).map(presentPersonalToken) }),
    ),
  );

  router.post(
    '/',
    endpoint(
      {
        summary: 'Create a personal access token, which is shown once',
        access: 'signed-in',
        body: newPersonalTokenSchema,
        response: newPersonalTokenAnswer,
        status: 201,
        errors: ['forbidden', 'too_many_tokens'],
        example: { name: 'Nightly backup', scopes: ['read'], expiresInDays: 90 },
      },
      async ({ body, actor, ctx }) => {
        const { token, ...info } = await personalTokens.create(actor, body);
        ctx.set('Location', `/api/auth/tokens/${info.id}`);
        return { token, ...presentPersonalToken(info) };
      },
    ),
  );

  router.delete(
    '/:id',
    endpoint(
      {
        summary: 'Revoke a personal access token',
        access: 'signed-in',
        params: idParams,
        errors: ['forbidden'],
      },
      ({ params, actor }) => personalTokens.remove(actor, params.id),
    ),
  );

  return router;
}
