import { ROLES } from '../../models/users/user.js';
import type { Actor } from '../../services/actor.js';
import type { Stage } from './access-stage.js';
import type { Answer } from './client.js';

export const ANONYMOUS = 'anonymous';
export const WHO = [ANONYMOUS, ...ROLES] as const;
export type Who = (typeof WHO)[number];
export const BOTH = ['own', 'other’s'] as const;
export type Whose = (typeof BOTH)[number];

/** What a policy decides about: a row of docs/permissions.md. */
export interface Action {
  name: string;
  /** The policy's function; a test asserts that every rule has an action. */
  rule: object;
  /** @param actor undefined for an anonymous caller. @param owner the account that owns the row. */
  may: (actor: Actor | undefined, owner: number) => boolean;
}

/** An action of accounts. */
export const action = (name: string, rule: object, may: (actor: Actor, owner: number) => boolean): Action => ({
  name,
  rule,
  may: (actor, owner) => actor !== undefined && may(actor, owner),
});

interface Sent {
  /** The route's path, filled in; the route's own when it has no parameter. */
  path?: string;
  body?: unknown;
}

/** One way to call a route, and who may. */
export interface Case {
  /** What the policies decide about it; no policy is asked for 'anyone' and 'signed in'. */
  action: Action | 'anyone' | 'signed in';
  /** Cases without an owner run once. */
  owned?: readonly Whose[];
  send?: (stage: Stage) => Promise<Sent> | Sent;
  /** The status if it is allowed. Default: 200, 201 or 204. */
  status?: number | readonly number[];
  /** The status if it is not allowed; 404 where the row is hidden. Default: 403. */
  refused?: number;
  /** The status for an anonymous caller, where only some anonymous requests are allowed. Default: as for others. */
  anonymous?: 401;
  /** Set where the body, not the status, depends on the permission. */
  shows?: (answer: Answer) => boolean;
  /** No personal access token may do it. */
  inPerson?: true;
  /** It changes nothing: it waits for no write. */
  readsOnly?: true;
  /** The client's session ends or changes: the next case needs a new client. */
  spends?: true;
}

/** What each file of tests/access/ exports as `access`: the cases of each route, and actions without a route of their own. */
export interface Access {
  routes: Readonly<Record<string, readonly Case[]>>;
  alsoDecided?: readonly Action[];
}

/** For titles and messages of tests. */
export const nameOfAction = ({ action: wanted }: Case): string => (typeof wanted === 'string' ? wanted : wanted.name);

/** Whether this account may do what the case does. */
export function isAllowed({ action: wanted }: Case, who: Who, whose: Whose): boolean {
  if (wanted === 'anyone') return true;
  return wanted === 'signed in' ? who !== ANONYMOUS : mayDo(wanted, who, whose);
}

/** Whether the policies allow the action. */
export function mayDo({ may }: Action, who: Who, whose: Whose): boolean {
  const actor = who === ANONYMOUS ? undefined : ({ id: 1, role: who, kind: 'session', credentialId: 1 } as const);
  return may(actor, whose === 'own' ? 1 : 2);
}
