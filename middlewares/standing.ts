import type { PersonalTokens } from '../services/accounts/personal-tokens.js';
import type { SignIns } from '../services/accounts/sign-ins.js';
import type { Standing } from '../services/upstreams/tunnels.js';
import type { Viewers } from '../services/users/viewers.js';
import { bearerOf } from './authenticate.js';
import type { Context } from './state.js';

export interface StandingOptions {
  viewers: Viewers;
  signIns: Pick<SignIns, 'stands'>;
  personalTokens: Pick<PersonalTokens, 'stands'>;
}

/**
 * Whether whoever asks still may, to be asked as long as an answer lasts. Undefined for a stranger, who has nothing to
 * lose. Holds on to nothing of the request.
 */
export function standingOf(ctx: Context, { viewers, signIns, personalTokens }: StandingOptions): Standing | undefined {
  const { actor } = ctx.state;
  if (!actor) return undefined;
  const { id: userId, kind, credentialId } = actor;
  const token = kind === 'personal-token' ? (bearerOf(ctx) ?? '') : undefined;
  return {
    key: `${userId} ${token ?? credentialId}`,
    async holds() {
      if (!(await viewers.find(userId))?.isActive) return false;
      return token === undefined ? signIns.stands({ userId, signInId: credentialId }) : personalTokens.stands(token);
    },
  };
}
