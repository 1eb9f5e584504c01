import type { Transaction } from 'sequelize';
import { findAccount, findActing, type ActingRow, type ActingRows } from '../models/acting.js';
import type { Models } from '../models/index.js';
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
    const current = await find((sql, ...parameters) => models.select(transaction, sql, ...parameters), actor);
    return work(transaction, current);
  }, changes);
}

/**
 * The actor of this moment, asked before work that costs much, so that it is not done for a request that will be
 * refused. `writeAs` decides.
 *
 * @throws NotSignedIn, InvalidToken, TokenExpired
 */
export function currentActor(models: Models, actor: Actor): Promise<CurrentActor> {
  return find((sql, ...parameters) => models.read(sql, ...parameters), actor);
}

async function find(rows: ActingRows, actor: Actor): Promise<CurrentActor> {
  const { kind, credentialId, id } = actor;
  const by = kind === 'personal-token' ? kind : 'sign-in';
  const row = kind === 'command' ? await findAccount(rows, id) : await findActing(rows, by, credentialId, id);
  if (!row) throw kind === 'session' ? new NotSignedIn() : new InvalidToken();
  if (kind === 'personal-token' && row.until <= Date.now()) throw new TokenExpired();
  const { role, username, name, avatar, since } = row;
  return { ...actor, role, username, name, avatar, since };
}
