import { Router } from '@koa/router';
import type { IsBrowser } from '../../middlewares/client.js';
import type { DeviceCookie } from '../../middlewares/device-cookie.js';
import { endpoint } from '../../middlewares/endpoint.js';
import { endSession, requireSessionStore, startSession } from '../../middlewares/session.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import type { Services } from '../../services/index.js';
import { presentUser } from '../users/users.schema.js';
import type { SignIn } from './sign-in.js';
import {
  loginSchema,
  meAnswer,
  messageAnswer,
  passwordChangeSchema,
  registerSchema,
  signedInAnswer,
} from './auth.schema.js';

interface Parts extends Pick<Services, 'accounts'> {
  isBrowser: IsBrowser;
  deviceCookie: Pick<DeviceCookie, 'visitorOf'>;
  signIn: SignIn;
}

export function authRoutes({ accounts, isBrowser, deviceCookie, signIn }: Parts) {
  const router = new Router<AppState, AppContext>({ prefix: '/auth', sensitive: true });

  router.post(
    '/register',
    endpoint(
      {
        summary: 'Open an account',
        access: 'anyone',
        body: registerSchema,
        response: signedInAnswer,
        status: 201,
        errors: ['email_taken', 'username_taken'],
        example: { username: 'ada', email: 'ada@example.com', password: 'a long pass phrase' },
      },
      async ({ body, ctx, messages }) => {
        if (isBrowser(ctx)) await requireSessionStore(ctx);
        const user = await accounts.register(body, deviceCookie.visitorOf(ctx));
        return signIn(ctx, user, messages.done.registered);
      },
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
      async ({ body: { email, username, password }, ctx, messages }) => {
        const user = await accounts.signIn(email ?? username ?? '', password, deviceCookie.visitorOf(ctx));
        return signIn(ctx, user, messages.done.signedIn);
      },
    ),
  );

  router.post(
    '/logout',
    endpoint({ summary: 'Sign out', access: 'signed-in', response: messageAnswer }, async ({ ctx, messages }) => {
      if (ctx.state.viewerBy === 'session') endSession(ctx);
      return { message: messages.done.signedOut };
    }),
  );

  router.get(
    '/me',
    endpoint({ summary: 'Who is signed in', access: 'signed-in', response: meAnswer }, async ({ viewer }) => ({
      user: presentUser(viewer),
    })),
  );

  router.post(
    '/password',
    endpoint(
      {
        summary: 'Change the password; ends every other session and every token',
        access: 'signed-in',
        body: passwordChangeSchema,
        response: messageAnswer,
        errors: ['invalid_credentials'],
        example: { current: 'a long pass phrase', password: 'another long pass phrase' },
      },
      async ({ body, viewer, ctx, messages }) => {
        const changed = await accounts.changePassword(viewer, body.current, body.password);
        if (ctx.state.viewerBy === 'session') await startSession(ctx, changed);
        return { message: messages.done.passwordChanged };
      },
    ),
  );

  return router;
}
