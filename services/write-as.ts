import type { Models } from '../models/index.js';
import type { Transaction } from '../models/queries.js';
import type { ActingRow, ActsBy } from '../models/users/acting.js';
import type { Actor } from './actor.js';
import { InvalidToken, NotSignedIn, TokenExpired } from './errors.js';

/** An actor as the database has it at this moment. */
export interface CurrentActor extends Actor, Pick<ActingRow, 'username' | 'name' | 'avatar'> {
  /** When the credential was made, in milliseconds since 1970: of a sign-in, when the person signed in. */
  since: number;
}

/**
 * Writes on behalf of an actor, whose rights are decided where the write happens: a minute may lie between the headers
 * of a request and the end of its body, and what was taken away meanwhile must not act.
 *
 * @param work asks the policies about the actor that it receives: the one of this moment.
 * @throws NotSignedIn, InvalidToken, TokenExpired before anything is written.
 */
export function writeAs<Result>(
  models: Models,
  actor: Actor,
  work: (transaction: Transaction, actor: CurrentActor) => Promise<Result>,
  changes?: readonly string[],
): Promise<Result> {
  return models.write(async (transaction) => {
    const row = await models.acting.findLocked(transaction, actor.id, actsBy(actor));
    return work(transaction, asOf(row, actor));
  }, changes);
}

/**
 * The actor of this moment, asked before work that costs much, so that it is not done for a request that will be
 * refused. `writeAs` decides.
 *
 * @throws NotSignedIn, InvalidToken, TokenExpired
 */
export async function currentActor(models: Models, actor: Actor): Promise<CurrentActor> {
  return asOf(await models.acting.find(actor.id, actsBy(actor)), actor);
}

function actsBy({ kind, credentialId }: Actor): ActsBy {
  return kind === 'command'
    ? { kind: 'account' }
    : { kind: kind === 'personal-token' ? kind : 'sign-in', credentialId };
}

function asOf(row: ActingRow | undefined, actor: Actor): CurrentActor {
  const { kind } = actor;
  if (!row) throw kind === 'session' ? new NotSignedIn() : new InvalidToken();
  if (kind === 'personal-token' && row.until <= Date.now()) throw new TokenExpired();
  const { role, username, name, avatar, since } = row;
  return { ...actor, role, username, name, avatar, since };
}
