import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import { requireSessionStore, startSession } from '../../middlewares/session.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { presentUser } from '../users/users.schema.js';
import { setupAnswer, setupSchema } from './setup.schema.js';

export function setupRoutes({ setup }: Pick<Services, 'setup'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/setup', sensitive: true });

  router.post(
    '/',
    endpoint(
      {
        summary: 'Create the first administrator, with the token from the console',
        access: 'anyone',
        body: setupSchema,
        response: setupAnswer,
        status: 201,
        errors: ['already_set_up', 'forbidden'],
        example: {
          token: 'the token of the link on the console',
          username: 'admin',
          email: 'admin@example.com',
          password: 'a long pass phrase',
        },
      },
      async ({ body: { token, ...fields }, ctx, messages }) => {
        await requireSessionStore(ctx);
        const user = await setup.createAdministrator(token, fields);
        await startSession(ctx, user);
        return { message: messages.done.setUp, user: presentUser(user) };
      },
    ),
  );

  return router;
}
