/** How often a session in use is written again to extend it: not on every request. */
const EXTENDED_EVERY_MS = 5 * 60_000;

/** What the store holds: who signed in, and by which sign-in. Everything else is read from the database. */
export interface SessionData {
  userId: number;
  /** Without the row of this sign-in the session signs no one in. */
  signInId: number;
  /** When the person signed in, in milliseconds since 1970. */
  createdAt: number;
  /** When the session was last extended, in milliseconds since 1970; up to five minutes behind. */
  seenAt: number;
}

declare module 'koa-generic-session' {
  interface Session extends Partial<SessionData> {}
}

/** The session of a request, as the layers below `session` see it. */
export interface CurrentSession extends Pick<SessionData, 'userId' | 'signInId'> {
  id: string;
  /** When it ends unless it is extended, in milliseconds since 1970. */
  until: number;
  /** Whether this request started it. */
  isNew: boolean;
  /** Whether it is extended once the request has been answered for a signed-in person. */
  isExtended: boolean;
}

/** Whether a stored value is a session that names a sign-in. */
export function isSessionData(stored: object): stored is SessionData {
  const { userId, signInId, createdAt, seenAt } = stored as Partial<SessionData>;
  return [userId, signInId, createdAt, seenAt].every((value) => typeof value === 'number');
}

export interface SessionLifetime {
  /** A session ends this long after its last use, */
  idleMs: number;
  /** and this long after the sign-in at the latest. */
  absoluteMs: number;
}

/** When a session ends, in milliseconds since 1970. */
export function endOf({ seenAt = 0, createdAt = 0 }: Partial<SessionData>, lifetime: SessionLifetime): number {
  return Math.min(seenAt + lifetime.idleMs, createdAt + lifetime.absoluteMs);
}

/** Whether a session that is in use is to be extended. */
export function isExtensionDue({ seenAt }: SessionData, { idleMs }: SessionLifetime): boolean {
  return Date.now() - seenAt > Math.min(EXTENDED_EVERY_MS, idleMs / 4);
}
