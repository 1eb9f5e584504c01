import { setTimeout as wait } from 'node:timers/promises';
import { Transaction, type Sequelize } from 'sequelize';
import { connectionOf, type Parameter } from './sqlite.js';
import type { Changes, Versions } from './versions.js';

/**
 * Runs `work` inside a transaction that holds the database's write lock from its first statement on.
 *
 * @param changes the versions that are other ones afterwards: the keys under which what it changes may be remembered.
 */
export type Write = <Result>(
  work: (transaction: Transaction) => Promise<Result>,
  changes?: readonly string[],
) => Promise<Result>;

/** Writes that may wait, and for how long: a little less than one waits for a lock, so that those behind it give up too. */
const MAX_WAITING = 1_000;
const MAX_WAIT_MS = 4_000;
/** Writes in one transaction. */
const MAX_TOGETHER = 20;
/** After holding the lock for so long, with moments in between, a process leaves it to others for so long. */
const HOLD_MS = 20;
const YIELD_MS = 5;

/** The write was not begun. The code is the one SQLite has for it. */
export class DatabaseBusy extends Error {
  override readonly name = 'DatabaseBusy';
  readonly code = 'SQLITE_BUSY';
}

/** A write that waits, and whom to tell. */
interface Waiting {
  work: (transaction: Transaction) => Promise<unknown>;
  changes: readonly string[];
  /** `performance.now()` */
  deadline: number;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}
type Outcome = { result: unknown } | { error: unknown };

/**
 * The one way to write. SQLite has a single writer: within the process writers queue here, between processes they
 * queue at `BEGIN IMMEDIATE`. A deferred transaction would fail with SQLITE_BUSY on its first write instead.
 *
 * Writes that wait together are committed together, each in a savepoint of its own (https://sqlite.org/lang_savepoint.html):
 * beginning and committing cost more than most of them. One that fails undoes nothing but itself; when the commit fails,
 * all have failed.
 *
 * Only database calls belong inside `work`, each given the transaction: while it runs, nobody else writes.
 */
export function createWriter(database: Sequelize, versions: Versions): Write {
  const waiting: Waiting[] = [];
  let writing = false;

  return <Result>(work: (transaction: Transaction) => Promise<Result>, changes: readonly string[] = []) =>
    new Promise<Result>((resolve, reject) => {
      if (waiting.length >= MAX_WAITING) return reject(new DatabaseBusy('too many writes wait'));
      const deadline = performance.now() + MAX_WAIT_MS;
      waiting.push({ work, changes, deadline, resolve: resolve as Waiting['resolve'], reject });
      if (!writing) void writeAll();
    });

  async function writeAll(): Promise<void> {
    writing = true;
    try {
      let holdingSince = performance.now();
      while (waiting.length > 0) {
        await writeTogether(waiting.splice(0, MAX_TOGETHER).filter(isInTime));
        if (waiting.length === 0 || performance.now() - holdingSince < HOLD_MS) continue;
        await wait(YIELD_MS);
        holdingSince = performance.now();
      }
    } finally {
      writing = false;
    }
  }

  async function writeTogether(group: readonly Waiting[]): Promise<void> {
    if (group.length === 0) return;
    let begun: Changes | undefined;
    let outcomes: Outcome[];
    try {
      outcomes = await database.transaction({ type: Transaction.TYPES.IMMEDIATE }, (transaction) => {
        begun = versions.begin(group.flatMap(({ changes }) => changes));
        return group.length === 1 ? alone(group, transaction) : eachInSavepoint(group, transaction);
      });
    } catch (error) {
      outcomes = group.map((one) => ({ error: reasonFor(one, error) }));
    }
    settle(begun);
    group.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome && 'result' in outcome) resolve(outcome.result);
      else reject(outcome?.error);
    });
  }
}

function settle(changes: Changes | undefined): void {
  try {
    changes?.end();
  } catch {
    // Its mark stays: what it stands for is read anew each time until the next change, and nobody need hear of it.
  }
}

/** While another process holds the lock each group waits for it; those behind must not wait one after the other. */
function isInTime({ deadline, reject }: Waiting): boolean {
  const inTime = performance.now() <= deadline;
  if (!inTime) reject(new DatabaseBusy('the write has waited too long'));
  return inTime;
}

async function alone([one]: readonly Waiting[], transaction: Transaction): Promise<Outcome[]> {
  return [{ result: await one?.work(transaction) }];
}

/** @throws TransactionEnded */
async function eachInSavepoint(group: readonly Waiting[], transaction: Transaction): Promise<Outcome[]> {
  const connection = connectionOf(transaction);
  const outcomes: Outcome[] = [];
  for (const one of group) {
    await connection.rows('SAVEPOINT write');
    try {
      outcomes.push({ result: await one.work(transaction) });
    } catch (error) {
      await connection.rows('ROLLBACK TO write').catch(() => {
        throw new TransactionEnded(one, error);
      });
      outcomes.push({ error });
    }
    await connection.rows('RELEASE write');
  }
  return outcomes;
}

/** What one write ran into has undone what the others had written, as a full disk does (https://sqlite.org/lang_transaction.html). */
class TransactionEnded extends Error {
  override readonly name = 'TransactionEnded';
  constructor(
    readonly by: Waiting,
    cause: unknown,
  ) {
    super('another write has ended the transaction', { cause });
  }
}

/** Nobody is told of what somebody else did wrong. */
function reasonFor(one: Waiting, error: unknown): unknown {
  if (!(error instanceof TransactionEnded)) return error;
  return one === error.by ? error.cause : new DatabaseBusy(error.message, { cause: error.cause });
}

/** SQL of our own inside a write, for what Sequelize has no words for or takes too long. */
export interface Statements {
  /** @param sql one of a fixed set of texts, since each is kept prepared. */
  execute(transaction: Transaction, sql: string, ...parameters: Parameter[]): Promise<void>;
  /** @param sql as for `execute`. */
  select<Row extends object>(transaction: Transaction, sql: string, ...parameters: Parameter[]): Promise<Row[]>;
}

export const statements: Statements = {
  async execute(transaction, sql, ...parameters) {
    await connectionOf(transaction).rows(sql, ...parameters);
  },
  select: (transaction, sql, ...parameters) => connectionOf(transaction).rows(sql, ...parameters),
};
