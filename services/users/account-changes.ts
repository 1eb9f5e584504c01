import { UniqueViolation } from '../../models/queries.js';
import type { UserRow } from '../../models/users/user.js';
import type { Actor } from '../actor.js';
import { EmailTaken, Forbidden, ReauthenticationRequired, UsernameTaken } from '../errors.js';
import type { CurrentActor } from '../write-as.js';
import { userPolicy } from './user-policy.js';

/** A sign-in this recent counts as proof of identity. */
const RECENT_SIGN_IN_MS = 10 * 60_000;

/** @throws Forbidden */
export function assertMayChange(actor: Actor, id: number, { password }: { password?: string | undefined }): void {
  if (!userPolicy.update(actor, { id })) throw new Forbidden();
  if (password !== undefined && !userPolicy.setPassword(actor, { id })) throw new Forbidden();
}

/**
 * Whether the account may be made this one. What is sent and stays the same is no change.
 *
 * @param provenHash of the password that the actor has proven to know.
 * @throws Forbidden, ReauthenticationRequired
 */
export function assertMayBecome(
  actor: CurrentActor,
  before: UserRow,
  after: UserRow,
  provenHash: string | undefined,
): void {
  const differs = (field: keyof UserRow) => before[field] !== after[field];
  if ((differs('role') || differs('isActive')) && !userPolicy.govern(actor)) throw new Forbidden();
  if ((differs('email') || differs('username')) && !userPolicy.identify(actor, before)) throw new Forbidden();
  if (!differs('email') || actor.id !== before.id || provenHash === before.passwordHash) return;
  if (actor.kind !== 'command' && Date.now() - actor.since >= RECENT_SIGN_IN_MS) throw new ReauthenticationRequired();
}

/** What a write that is refused for its uniqueness means. @throws EmailTaken, UsernameTaken */
export async function asTaken<Result>(saved: Promise<Result>): Promise<Result> {
  try {
    return await saved;
  } catch (cause) {
    if (!(cause instanceof UniqueViolation)) throw cause;
    throw cause.columns.includes('email_key')
      ? new EmailTaken(undefined, { cause })
      : new UsernameTaken(undefined, { cause });
  }
}
