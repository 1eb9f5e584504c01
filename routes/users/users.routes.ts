import { Router } from '@koa/router';
import { endpoint } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { idParams, presentPagination } from '../fields.schema.js';
import {
  anyUserAnswer,
  changedUserSchema,
  contentCountsAnswer,
  followAnswer,
  newUserSchema,
  presentPublicUser,
  presentUser,
  profileAnswer,
  removedUserQuery,
  replacedUserSchema,
  userAnswer,
  userListAnswer,
  userListQuery,
  usernameParams,
} from './users.schema.js';

const CHANGE_ERRORS = [
  'forbidden',
  'reauthentication_required',
  'invalid_credentials',
  'email_taken',
  'username_taken',
  'last_admin',
] as const;

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
        body: newUserSchema,
        response: userAnswer,
        status: 201,
        errors: ['forbidden', 'email_taken', 'username_taken'],
        example: { username: 'grace', email: 'grace@example.com', password: 'a long pass phrase', name: 'Grace' },
      },
      async ({ body, actor, ctx }) => {
        const user = await users.create(actor, body);
        ctx.set('Location', `/api/users/${user.id}`);
        return { user: presentUser(user) };
      },
    ),
  );

  router.get(
    '/username/:username',
    endpoint(
      {
        summary: 'Show the public profile of an account by its user name',
        access: 'anyone',
        params: usernameParams,
        response: profileAnswer,
        revalidates: true,
      },
      async ({ params, viewer }) => {
        const user = await users.getByUsername(params.username);
        return { user: presentPublicUser(user), ...(await follows.counts(viewer, user.id)) };
      },
    ),
  );

  router.get(
    '/:id',
    endpoint(
      { summary: 'Show an account', access: 'anyone', params: idParams, response: anyUserAnswer },
      async ({ params, viewer }) => {
        const { user, all } = await users.get(viewer, params.id);
        const counts = await follows.counts(viewer, user.id);
        return { user: all ? presentUser(user) : presentPublicUser(user), ...counts };
      },
    ),
  );

  router.put(
    '/:id',
    endpoint(
      {
        summary: 'Replace an account: omitted fields are cleared',
        access: 'signed-in',
        params: idParams,
        body: replacedUserSchema,
        response: userAnswer,
        errors: CHANGE_ERRORS,
        example: { username: 'admin', email: 'admin@example.com', name: 'The Editor', profile: { bio: 'Writes.' } },
      },
      async ({ params, body, actor }) => ({ user: presentUser(await users.replace(actor, params.id, body)) }),
    ),
  );

  router.patch(
    '/:id',
    endpoint(
      {
        summary: 'Change an account: omitted fields stay unchanged',
        access: 'signed-in',
        params: idParams,
        body: changedUserSchema,
        response: userAnswer,
        errors: CHANGE_ERRORS,
        example: { profile: { bio: 'Writes about onions.', location: 'Lisbon' } },
      },
      async ({ params, body, actor }) => ({ user: presentUser(await users.update(actor, params.id, body)) }),
    ),
  );

  router.delete(
    '/:id',
    endpoint(
      {
        summary: 'Delete an account (administrators)',
        access: 'signed-in',
        params: idParams,
        query: removedUserQuery,
        errors: ['forbidden', 'last_admin', 'account_active'],
      },
      ({ params, query, actor }) => users.remove(actor, params.id, query.content),
    ),
  );

  router.get(
    '/:id/content',
    endpoint(
      {
        summary: 'Count the posts, comments and pictures of an account',
        access: 'signed-in',
        params: idParams,
        response: contentCountsAnswer,
        errors: ['forbidden'],
      },
      async ({ params, viewer, signal }) => ({ content: await users.countContent(viewer, params.id, signal) }),
    ),
  );

  for (const following of [true, false]) {
    router[following ? 'post' : 'delete'](
      '/:id/follow',
      endpoint(
        {
          summary: following ? 'Follow an account' : 'Unfollow an account',
          access: 'signed-in',
          params: idParams,
          response: followAnswer,
          errors: ['self_follow'],
        },
        ({ params, actor }) => follows.follow(actor, params.id, following),
      ),
    );
  }

  return router;
}
