import { Router } from '@koa/router';
import { signInOf } from '../../middlewares/authenticate.js';
import { endpoint, type EndpointContext } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { idParams, presentPagination } from '../fields.schema.js';
import {
  anyUserAnswer,
  changedUserSchema,
  followAnswer,
  newUserSchema,
  presentPublicUser,
  presentUser,
  replacedUserSchema,
  userAnswer,
  userListAnswer,
  userListQuery,
} from './users.schema.js';

export function userRoutes({ users, follows }: Pick<Services, 'users' | 'follows'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/users', sensitive: true });

  router.get(
    '/',
    endpoint(
      {
        summary: 'List accounts (administrators)',
        access: 'signed-in',
        query: userListQuery,
        response: userListAnswer,
        errors: ['forbidden'],
      },
      async ({ query, viewer, signal }) => {
        const page = await users.list(viewer, query, signal);
        return { users: page.users.map(presentUser), pagination: presentPagination(query, page.total) };
      },
    ),
  );

  router.post(
    '/',
    endpoint(
      {
        summary: 'Create an account (administrators)',
        access: 'signed-in',
        refusesPersonalTokens: true,
        body: newUserSchema,
        response: userAnswer,
        status: 201,
        errors: ['forbidden', 'email_taken', 'username_taken'],
        example: { username: 'grace', email: 'grace@example.com', password: 'a long pass phrase', name: 'Grace' },
      },
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
        errors: ['forbidden', 'email_taken', 'username_taken', 'last_admin'],
        example: { username: 'admin', email: 'admin@example.com', name: 'The Editor', profile: { bio: 'Writes.' } },
      },
      async ({ params, body, viewer, ctx }) => {
        keepFromPersonalTokens(ctx, body);
        return { user: presentUser(await users.replace(viewer, params.id, body)) };
      },
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
        errors: ['forbidden', 'email_taken', 'username_taken', 'last_admin'],
        example: { profile: { bio: 'Writes about onions.', location: 'Lisbon' } },
      },
      async ({ params, body, viewer, ctx }) => {
        keepFromPersonalTokens(ctx, body);
        return { user: presentUser(await users.update(viewer, params.id, body)) };
      },
    ),
  );

  router.delete(
    '/:id',
    endpoint(
      {
        summary: 'Delete an account (administrators)',
        access: 'signed-in',
        params: idParams,
        errors: ['forbidden', 'last_admin'],
      },
      ({ params, viewer }) => users.remove(viewer, params.id),
    ),
  );

  for (const following of [true, false]) {
    router[following ? 'post' : 'delete'](
      '/:id/follow',
      endpoint(
        {
          summary: following ? 'Follow somebody' : 'Follow somebody no longer',
          access: 'signed-in',
          params: idParams,
          response: followAnswer,
          errors: ['self_follow'],
        },
        ({ params, viewer }) => follows.follow(viewer, params.id, following),
      ),
    );
  }

  return router;
}

/** Who may come in, and as what, is not for personal access tokens to say. @throws Forbidden */
function keepFromPersonalTokens(
  ctx: EndpointContext,
  fields: { password?: unknown; role?: unknown; isActive?: unknown },
) {
  if (fields.password !== undefined || fields.role !== undefined || fields.isActive !== undefined) signInOf(ctx);
}
