import type { z } from 'zod';
import { deviceOf, type IsBrowser } from '../../middlewares/client.js';
import type { DeviceCookie } from '../../middlewares/device-cookie.js';
import type { EndpointContext } from '../../middlewares/endpoint.js';
import { requireSessionStore, startSession } from '../../middlewares/session.js';
import type { SignedIn } from '../../services/accounts/account-service.js';
import type { Device } from '../../services/accounts/sign-ins.js';
import type { Services } from '../../services/index.js';
import type { Visitor } from '../../services/limits/visitor.js';
import { presentUser } from '../users/users.schema.js';
import type { signedInAnswer } from './auth.schema.js';

/**
 * Signs a person in. `check` checks the password or makes the account, and begins the sign-in of this device.
 *
 * @throws what `check` throws; Unavailable before that, when a browser's session could not be stored.
 */
export type SignIn = (
  ctx: EndpointContext,
  message: string,
  check: (device: Device, visitor: Visitor) => Promise<SignedIn>,
) => Promise<z.input<typeof signedInAnswer>>;

interface Parts extends Pick<Services, 'accessTokens' | 'signIns'> {
  isBrowser: IsBrowser;
  deviceCookie: Pick<DeviceCookie, 'visitorOf'>;
}

/** Browsers get a session, other programs tokens: no page can obtain one. */
export function createSignIn({ isBrowser, deviceCookie, accessTokens, signIns }: Parts): SignIn {
  return async function signIn(ctx, message, check) {
    const device = deviceOf(ctx, isBrowser);
    if (device.kind === 'session') await requireSessionStore(ctx);
    const { user, ...begun } = await check(device, deviceCookie.visitorOf(ctx));
    const answer = { message, user: presentUser(user) };
    if (device.kind === 'tokens') return { ...answer, ...accessTokens.issue(begun), refreshToken: begun.refreshToken };

    const { userId, signInId } = ctx.session ?? {};
    // Whoever was signed in with this browser is not any more.
    if (userId !== undefined && signInId !== undefined) await signIns.end({ userId, signInId });
    await startSession(ctx, begun);
    return answer;
  };
}
