import { Router } from '@koa/router';
import { deviceOf, type IsBrowser } from '../../middlewares/client.js';
import { endpoint } from '../../middlewares/endpoint.js';
import { endSession, startSession } from '../../middlewares/session.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import { Unavailable } from '../../services/errors.js';
import type { Services } from '../../services/index.js';
import { presentUser } from '../users/users.schema.js';
import type { SignIn } from './sign-in.js';
import {
  loginSchema,
  meAnswer,
  messageAnswer,
  passwordChangeSchema,
  registerSchema,
  sessionAnswer,
  sessionQuery,
  signedInAnswer,
} from './auth.schema.js';

interface Parts extends Pick<Services, 'accounts' | 'signIns'> {
  isBrowser: IsBrowser;
  signIn: SignIn;
}

export function authRoutes({ accounts, signIns, isBrowser, signIn }: Parts) {
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
        signIn(ctx, messages.done.registered, (device, visitor) => accounts.register(body, device, visitor)),
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
        signIn(ctx, messages.done.signedIn, (device, visitor) =>
          accounts.signIn(email ?? username ?? '', password, device, visitor),
        ),
    ),
  );

  router.post(
    '/logout',
    endpoint(
      {
        summary: 'Sign out: end the session, or the sign-in that the access token belongs to',
        access: 'signed-in',
        refusesPersonalTokens: true,
        response: messageAnswer,
        errors: ['forbidden'],
      },
      async ({ actor, ctx, messages }) => {
        await signIns.endOwn(actor, actor.credentialId);
        if (actor.kind === 'session') endSession(ctx);
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

  router.get(
    '/session',
    endpoint(
      {
        summary: 'Show whether the session is signed in, and until when',
        access: 'anyone',
        query: sessionQuery,
        response: sessionAnswer,
      },
      async ({ query: { extend }, viewer, ctx }) => {
        const { viewerProblem, signedInUntil } = ctx.state;
        if (viewerProblem instanceof Unavailable) throw viewerProblem; // we do not know, which is not a no
        ctx.state.sessionWatched = extend === 'false';
        return {
          signedIn: viewer !== undefined,
          user: viewer ? presentUser(viewer) : null,
          expiresAt: viewer && signedInUntil !== undefined ? new Date(signedInUntil).toISOString() : null,
        };
      },
    ),
  );

  router.post(
    '/password',
    endpoint(
      {
        summary: 'Change the password; this ends all other sessions and all tokens',
        access: 'signed-in',
        refusesPersonalTokens: true,
        body: passwordChangeSchema,
        response: messageAnswer,
        errors: ['invalid_credentials', 'forbidden'],
        example: { current: 'a long pass phrase', password: 'another long pass phrase' },
      },
      async ({ body, actor, ctx, messages }) => {
        const device = actor.kind === 'session' ? deviceOf(ctx, isBrowser) : undefined;
        const begun = await accounts.changePassword(actor, body.current, body.password, device);
        if (begun) await startSession(ctx, begun);
        return { message: messages.done.passwordChanged };
      },
    ),
  );

  return router;
}
