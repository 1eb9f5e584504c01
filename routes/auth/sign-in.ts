import type { z } from 'zod';
import type { IsBrowser } from '../../middlewares/csrf/browser.js';
import type { DeviceCookie } from '../../middlewares/device-cookie.js';
import type { EndpointContext } from '../../middlewares/endpoint.js';
import { deviceOf } from '../../middlewares/http/device.js';
import type { Sessions } from '../../middlewares/session/session.js';
import type { SignedIn } from '../../services/accounts/account-service.js';
import type { Device } from '../../services/accounts/sign-ins.js';
import type { Services } from '../../services/index.js';
import type { AttemptSource } from '../../services/limits/attempt-source.js';
import { presentUser } from '../users/users.schema.js';
import type { signedInAnswer } from './auth.schema.js';

/**
 * Signs a person in. `check` checks the password or makes the account, and begins the sign-in of this device.
 *
 * @throws what `check` throws; Unavailable before that, when a browser's session could not be stored.
 */
export type RespondToSignIn = (
  ctx: EndpointContext,
  message: string,
  check: (device: Device, source: AttemptSource) => Promise<SignedIn>,
) => Promise<z.input<typeof signedInAnswer>>;

interface RespondToSignInDeps extends Pick<Services, 'accessTokens' | 'signIns'> {
  isBrowser: IsBrowser;
  browserSessions: Pick<Sessions, 'requireStore' | 'start'>;
  deviceCookie: Pick<DeviceCookie, 'attemptSource'>;
}

/** Browsers get a session, other programs tokens: no page can obtain one. */
export function createRespondToSignIn({
  isBrowser,
  browserSessions,
  deviceCookie,
  accessTokens,
  signIns,
}: RespondToSignInDeps): RespondToSignIn {
  return async function signIn(ctx, message, check) {
    const device = deviceOf(ctx, isBrowser);
    if (device.kind === 'session') await browserSessions.requireStore(ctx);
    const { user, ...newSignIn } = await check(device, deviceCookie.attemptSource(ctx));
    const answer = { message, user: presentUser(user) };
    if (device.kind === 'tokens')
      return { ...answer, ...accessTokens.issue(newSignIn), refreshToken: newSignIn.refreshToken };

    const { session } = ctx.state;
    if (session) await signIns.end(session); // the earlier sign-in of this browser
    await browserSessions.start(ctx, newSignIn);
    return answer;
  };
}
