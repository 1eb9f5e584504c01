import { isInPerson, type Actor } from '../actor.js';
import type { Subject } from '../viewer.js';

/** Who may do what with credentials: sign-ins, personal access tokens and passwords. Pure: no I/O, no HTTP. */
export const credentialPolicy = {
  /**
   * One's own sign-ins, personal access tokens and password. Not by a personal access token: it could be turned into
   * something that outlives it.
   */
  manage: (actor: Pick<Actor, 'kind'>) => isInPerson(actor),
  /** Administrators deactivate the account instead, which ends all of it. */
  end: (viewer: Subject, { userId }: { userId: number }) => viewer.id === userId,
};
