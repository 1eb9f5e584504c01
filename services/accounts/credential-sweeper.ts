import type { Models } from '../../models/index.js';

/** How long a personal access token that has expired is still shown, so that its owner sees why a script fails. */
const SHOWN_EXPIRED_MS = 30 * 24 * 3_600_000;

/** Removes what has expired: sign-ins, refresh tokens, personal access tokens. */
export function createCredentialSweeper({ write, execute }: Models) {
  return {
    /** @throws Unavailable */
    sweep: (): Promise<void> =>
      write(async (transaction) => {
        const now = Date.now();
        await execute(transaction, 'DELETE FROM sign_ins WHERE expires_at <= ?', now);
        await execute(transaction, 'DELETE FROM refresh_tokens WHERE expires_at <= ?', now);
        await execute(transaction, 'DELETE FROM personal_tokens WHERE expires_at <= ?', now - SHOWN_EXPIRED_MS);
      }),
  };
}
