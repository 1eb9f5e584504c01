import type { Subject } from '../viewer.js';

/** Who may end what somebody comes in by: a sign-in, or a personal access token. Pure: no I/O, no HTTP. */
export const credentialPolicy = {
  /** Administrators deactivate the account instead, which ends all of it. */
  end: (viewer: Subject, { userId }: { userId: number }) => viewer.id === userId,
};
