import type { PersonalTokens } from '../../services/accounts/personal-tokens.js';
import type { SignIns } from '../../services/accounts/sign-ins.js';
import { InvalidToken, NotSignedIn } from '../../services/errors.js';
import type { AccessCheck } from '../../services/upstreams/index.js';
import type { Viewers } from '../../services/users/viewers.js';
import { bearerToken } from '../http/bearer-token.js';
import type { Context } from '../state.js';

export interface AccessCheckOptions {
  viewers: Viewers;
  signIns: Pick<SignIns, 'isValid'>;
  personalTokens: Pick<PersonalTokens, 'isValid'>;
}

/**
 * Returns the check whether the caller still has access, for use as long as a request or response lasts. Undefined for
 * an anonymous caller. References nothing of the request.
 */
export function accessCheck(
  ctx: Context,
  { viewers, signIns, personalTokens }: AccessCheckOptions,
): AccessCheck | undefined {
  const { auth } = ctx.state;
  if (auth.kind === 'anonymous') return undefined;
  const { kind, credentialId } = auth;
  const userId = auth.viewer.id;
  const token = kind === 'personal-token' ? (bearerToken(ctx) ?? '') : undefined;
  return {
    key: `${userId} ${token ?? credentialId}`,
    async isValid() {
      if (!(await viewers.find(userId))?.isActive) return false;
      return token === undefined ? signIns.isValid({ userId, signInId: credentialId }) : personalTokens.isValid(token);
    },
    denied: () => (kind === 'session' ? new NotSignedIn() : new InvalidToken()),
  };
}
