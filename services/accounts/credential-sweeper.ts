import type { Models } from '../../models/index.js';

/** How long an expired personal access token stays in the list, so that its owner sees why a script fails. */
const SHOWN_EXPIRED_MS = 30 * 24 * 3_600_000;

/** Removes what has expired: sign-ins, refresh tokens, personal access tokens. */
export function createCredentialSweeper({ signIns, refreshTokens, personalTokens, write }: Models) {
  return {
    /** @throws Unavailable */
    sweep: (): Promise<void> =>
      write(async (transaction) => {
        const now = Date.now();
        await signIns.removeExpired(transaction, now);
        await refreshTokens.removeExpired(transaction, now);
        await personalTokens.removeExpired(transaction, now - SHOWN_EXPIRED_MS);
      }),
  };
}
