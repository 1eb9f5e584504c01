import type { Subject } from './viewer.js';

/** Who acts: an account, and the credential that says so. Made once for each request, by `authenticate`. */
export interface Actor extends Subject {
  /** `command` is the command line: who runs it owns the database and needs no credential. */
  kind: 'session' | 'access-token' | 'personal-token' | 'command';
  /** The row that the credential lives by: the sign-in's, or the personal access token's own. */
  credentialId: number;
}

/** Whether a person acts: a personal access token lies in scripts, and must not become more than it is. */
export const isInPerson = ({ kind }: Pick<Actor, 'kind'>): boolean => kind !== 'personal-token';

export const commandActor = ({ id, role }: Subject): Actor => ({ id, role, kind: 'command', credentialId: 0 });
