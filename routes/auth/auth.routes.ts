import { Router } from '@koa/router';
import type { IsBrowser } from '../../middlewares/csrf/browser.js';
import { endpoint } from '../../middlewares/endpoint.js';
import { deviceOf } from '../../middlewares/http/device.js';
import type { Sessions } from '../../middlewares/session/session.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import { Unavailable } from '../../services/errors.js';
import type { Services } from '../../services/index.js';
import { presentUser, removedUserQuery } from '../users/users.schema.js';
import type { RespondToSignIn } from './sign-in.js';
import {
  leaveSchema,
  loginSchema,
  meAnswer,
  messageAnswer,
  passwordChangeSchema,
  registerSchema,
  sessionAnswer,
  sessionQuery,
  signedInAnswer,
} from './auth.schema.js';

interface AuthRoutesOptions extends Pick<Services, 'accounts' | 'signIns' | 'users'> {
  isBrowser: IsBrowser;
  browserSessions: Pick<Sessions, 'start' | 'end'>;
  signIn: RespondToSignIn;
}

export function authRoutes({ accounts, signIns, users, isBrowser, browserSessions, signIn }: AuthRoutesOptions) {
  const router = new Router<AppState, AppContext>({ prefix: '/auth', sensitive: true });

  router.post(
    '/register',
    endpoint(
      {
        summary: 'Register an account',
        access: 'anyone',
        body: registerSchema,
        response: signedInAnswer,
        status: 201,
        errors: ['email_taken', 'username_taken'],
        example: { username: 'ada', email: 'ada@example.com', password: 'a long pass phrase' },
      },
      ({ body, ctx, messages }) =>
        signIn(ctx, messages.done.registered, (device, source) => accounts.register(body, device, source)),
    ),
  );

  router.post(
    '/login',
    endpoint(
      {
        summary: 'Sign in',
        access: 'anyone',
        body: loginSchema,
        response: signedInAnswer,
        errors: ['invalid_credentials'],
        example: { email: 'ada@example.com', password: 'a long pass phrase' },
      },
      ({ body: { email, username, password }, ctx, messages }) =>
        signIn(ctx, messages.done.signedIn, (device, source) =>
          accounts.signIn(email ?? username ?? '', password, device, source),
        ),
    ),
  );

  router.post(
    '/logout',
    endpoint(
      {
        summary: 'Sign out: end the session, or the sign-in that the access token belongs to',
        access: 'signed-in',
        response: messageAnswer,
        errors: ['forbidden'],
      },
      async ({ actor, ctx, messages }) => {
        await signIns.endOwn(actor, actor.credentialId);
        if (actor.kind === 'session') await browserSessions.end(ctx);
        return { message: messages.done.signedOut };
      },
    ),
  );

  router.get(
    '/me',
    endpoint(
      { summary: 'Show the signed-in account', access: 'signed-in', response: meAnswer },
      async ({ viewer }) => ({
        user: presentUser(viewer),
      }),
    ),
  );

  router.delete(
    '/me',
    endpoint(
      {
        summary: 'Delete my account, which ends all my sessions and tokens',
        access: 'signed-in',
        query: removedUserQuery,
        body: leaveSchema,
        errors: ['invalid_credentials', 'forbidden', 'last_admin', 'account_active'],
        example: { currentPassword: 'a long pass phrase' },
      },
      async ({ query, body, actor, ctx }) => {
        await users.leave(actor, body.currentPassword, query.content);
        if (actor.kind === 'session') await browserSessions.end(ctx);
      },
    ),
  );

  router.get(
    '/session',
    endpoint(
      {
        summary: 'Show whether the session is signed in, and until when',
        access: 'anyone',
        query: sessionQuery,
        response: sessionAnswer,
      },
      async ({ query: { extend }, ctx }) => {
        const { auth, session } = ctx.state;
        if (session && extend === 'false') session.isExtended = false;
        if (auth.kind !== 'anonymous') {
          return { signedIn: true, user: presentUser(auth.viewer), expiresAt: new Date(auth.until).toISOString() };
        }
        if (auth.problem instanceof Unavailable) throw auth.problem; // unknown, which is not a no
        return { signedIn: false, user: null, expiresAt: null };
      },
    ),
  );

  router.post(
    '/password',
    endpoint(
      {
        summary: 'Change the password, which ends all other sessions and all tokens',
        access: 'signed-in',
        body: passwordChangeSchema,
        response: messageAnswer,
        errors: ['invalid_credentials', 'forbidden'],
        example: { current: 'a long pass phrase', password: 'another long pass phrase' },
      },
      async ({ body, actor, ctx, messages }) => {
        const device = actor.kind === 'session' ? deviceOf(ctx, isBrowser) : undefined;
        const newSignIn = await accounts.changePassword(actor, body.current, body.password, device);
        if (newSignIn) await browserSessions.start(ctx, newSignIn);
        return { message: messages.done.passwordChanged };
      },
    ),
  );

  return router;
}
