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
  const { viewer, signInId } = ctx.state;
  if (!viewer) return undefined;
  const { id: userId } = viewer;
  const token = signInId === undefined ? (bearerOf(ctx) ?? '') : ''; // a personal access token is no sign-in
  return {
    key: `${userId} ${signInId ?? token}`,
    async holds() {
      if (!(await viewers.find(userId))?.isActive) return false;
      return signInId === undefined ? personalTokens.stands(token) : signIns.stands({ userId, signInId });
    },
  };
}
