import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { signedInAnswer } from '../auth/auth.schema.js';
import type { RespondToSignIn } from '../auth/sign-in.js';
import { setupSchema } from './setup.schema.js';

interface SetupRoutesOptions extends Pick<Services, 'setup'> {
  signIn: RespondToSignIn;
}

export function setupRoutes({ setup, signIn }: SetupRoutesOptions) {
  const router = new Router<AppState, AppContext>({ prefix: '/setup', sensitive: true });

  router.post(
    '/',
    endpoint(
      {
        summary: 'Create the first administrator, with the token from the link that the server prints at start',
        access: 'anyone',
        body: setupSchema,
        response: signedInAnswer,
        status: 201,
        errors: ['already_set_up', 'forbidden'],
        example: {
          token: 'the token of the link on the console',
          username: 'admin',
          email: 'admin@example.com',
          password: 'a long pass phrase',
        },
      },
      ({ body: { token, ...fields }, ctx, messages }) =>
        signIn(ctx, messages.done.setUp, (device, source) => setup.createAdministrator(token, fields, device, source)),
    ),
  );

  return router;
}
