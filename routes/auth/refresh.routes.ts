import { Router } from '@koa/router';
import type { IsBrowser } from '../../middlewares/csrf/browser.js';
import { endpoint } from '../../middlewares/endpoint.js';
import { logOf } from '../../middlewares/request-context.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import { Forbidden, TokenReused } from '../../services/errors.js';
import type { Services } from '../../services/index.js';
import { refreshedAnswer, refreshSchema } from './auth.schema.js';

interface RefreshRoutesOptions extends Pick<Services, 'accessTokens' | 'refreshTokens'> {
  isBrowser: IsBrowser;
}

export function refreshRoutes({ accessTokens, refreshTokens, isBrowser }: RefreshRoutesOptions) {
  const router = new Router<AppState, AppContext>({ prefix: '/auth', sensitive: true });

  router.post(
    '/refresh',
    endpoint(
      {
        summary: 'Exchange a refresh token, once, for a new pair of tokens (programs)',
        access: 'anyone',
        body: refreshSchema,
        response: refreshedAnswer,
        errors: ['invalid_token', 'token_expired', 'token_reused', 'forbidden'],
        example: { refreshToken: 'the refresh token of the last response' },
      },
      async ({ body, ctx }) => {
        if (isBrowser(ctx)) throw new Forbidden('no page can obtain a token');
        try {
          const { refreshToken = '', ...signIn } = await refreshTokens.spend(body.refreshToken, ctx.ip);
          return { ...accessTokens.issue(signIn), refreshToken };
        } catch (error) {
          if (error instanceof TokenReused) {
            const { userId, addresses } = error;
            logOf(ctx).warn({ userId, addresses }, 'a refresh token was used twice: its sign-in has been ended');
          }
          throw error;
        }
      },
    ),
  );

  return router;
}
