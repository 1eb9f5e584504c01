import type { z } from 'zod';
import type { IsBrowser } from '../../middlewares/client.js';
import type { EndpointContext } from '../../middlewares/endpoint.js';
import { startSession } from '../../middlewares/session.js';
import type { Services } from '../../services/index.js';
import type { Viewer } from '../../services/viewer.js';
import { presentUser } from '../users/users.schema.js';
import type { signedInAnswer } from './auth.schema.js';

/** Signs a person in whose password has been checked, or whose account has just been made. */
export type SignIn = (ctx: EndpointContext, user: Viewer, message: string) => Promise<z.input<typeof signedInAnswer>>;

interface Parts extends Pick<Services, 'accessTokens'> {
  isBrowser: IsBrowser;
}

/** Browsers get a session, other programs a token: no page can obtain one. */
export function createSignIn({ isBrowser, accessTokens }: Parts): SignIn {
  return async function signIn(ctx, user, message) {
    if (!isBrowser(ctx)) return { message, ...accessTokens.issue(user), user: presentUser(user) };
    await startSession(ctx, user);
    return { message, user: presentUser(user) };
  };
}
