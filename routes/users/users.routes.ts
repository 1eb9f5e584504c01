import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { idParams, presentPagination } from '../fields.schema.js';
import {
  anyUserAnswer,
  changedUserSchema,
  newUserSchema,
  presentPublicUser,
  presentUser,
  replacedUserSchema,
  userAnswer,
  userListAnswer,
  userListQuery,
} from './users.schema.js';

export function userRoutes({ users }: Pick<Services, 'users'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/users', sensitive: true });

  router.get(
    '/',
    endpoint(
      { summary: 'List accounts', access: 'signed-in', query: userListQuery, response: userListAnswer },
      async ({ query, viewer }) => {
        const page = await users.list(viewer, query);
        return { users: page.users.map(presentUser), pagination: presentPagination(query, page.total) };
      },
    ),
  );

  router.post(
    '/',
    endpoint(
      { summary: 'Create an account', access: 'signed-in', body: newUserSchema, response: userAnswer, status: 201 },
      async ({ body, viewer, ctx }) => {
        const user = await users.create(viewer, body);
        ctx.set('Location', `/api/users/${user.id}`);
        return { user: presentUser(user) };
      },
    ),
  );

  router.get(
    '/:id',
    endpoint(
      { summary: 'Show an account', access: 'anyone', params: idParams, response: anyUserAnswer },
      async ({ params, viewer }) => {
        const { user, all } = await users.get(viewer, params.id);
        return { user: all ? presentUser(user) : presentPublicUser(user) };
      },
    ),
  );

  router.put(
    '/:id',
    endpoint(
      {
        summary: 'Replace an account: what is left out is cleared',
        access: 'signed-in',
        params: idParams,
        body: replacedUserSchema,
        response: userAnswer,
      },
      async ({ params, body, viewer }) => ({ user: presentUser(await users.replace(viewer, params.id, body)) }),
    ),
  );

  router.patch(
    '/:id',
    endpoint(
      {
        summary: 'Change an account: what is left out stays',
        access: 'signed-in',
        params: idParams,
        body: changedUserSchema,
        response: userAnswer,
      },
      async ({ params, body, viewer }) => ({ user: presentUser(await users.update(viewer, params.id, body)) }),
    ),
  );

  router.delete(
    '/:id',
    endpoint({ summary: 'Delete an account', access: 'signed-in', params: idParams }, ({ params, viewer }) =>
      users.remove(viewer, params.id),
    ),
  );

  return router;
}
