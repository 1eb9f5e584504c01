import type { Actor } from '../../services/actor.js';
import { NotSignedIn, type DomainError } from '../../services/errors.js';
import type { Viewer } from '../../services/viewer.js';

/** Who sends a request, as `authenticate` found out. */
export type Auth = Anonymous | Authenticated;

export interface Anonymous {
  kind: 'anonymous';
  /** Why the caller could not be identified; undefined for a caller without credentials. */
  problem?: DomainError;
}

export interface Authenticated {
  kind: 'session' | 'access-token' | 'personal-token';
  viewer: Viewer;
  /** The row that the credential lives by: the sign-in's, or the personal access token's own. */
  credentialId: number;
  /** When the session or token ends, in milliseconds since 1970. */
  until: number;
}

export const ANONYMOUS: Anonymous = Object.freeze({ kind: 'anonymous' });

/** The account that a request is read for; undefined for an anonymous caller. */
export function viewerOf(auth: Authenticated): Viewer;
export function viewerOf(auth: Auth): Viewer | undefined;
export function viewerOf(auth: Auth): Viewer | undefined {
  return auth.kind === 'anonymous' ? undefined : auth.viewer;
}

/** The actor that a request writes for, as services and policies take it; undefined for an anonymous caller. */
export function actorOf(auth: Authenticated): Actor;
export function actorOf(auth: Auth): Actor | undefined;
export function actorOf(auth: Auth): Actor | undefined {
  if (auth.kind === 'anonymous') return undefined;
  const { kind, viewer, credentialId } = auth;
  return { id: viewer.id, role: viewer.role, kind, credentialId };
}

/** @throws NotSignedIn; InvalidToken, TokenExpired, Forbidden, Unavailable where that is why the caller is anonymous. */
export function requireSignedIn(auth: Auth): Authenticated {
  if (auth.kind === 'anonymous') throw auth.problem ?? new NotSignedIn();
  return auth;
}
