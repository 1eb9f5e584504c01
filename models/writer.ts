import { Transaction, type Sequelize } from 'sequelize';
import { connectionOf, type Parameter } from './sqlite.js';
import type { Versions } from './versions.js';

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
/** Writes in one transaction. More would keep other processes waiting for the lock. */
const MAX_TOGETHER = 20;

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
    while (waiting.length > 0) await writeTogether(waiting.splice(0, MAX_TOGETHER).filter(inTime));
    writing = false;
  }

  async function writeTogether(group: readonly Waiting[]): Promise<void> {
    if (group.length === 0) return;
    let begun: ReturnType<Versions['begin']> | undefined;
    let outcomes: Outcome[];
    try {
      outcomes = await database.transaction({ type: Transaction.TYPES.IMMEDIATE }, (transaction) => {
        begun = versions.begin(group.flatMap(({ changes }) => changes));
        return group.length === 1 ? alone(group, transaction) : eachInSavepoint(group, transaction);
      });
    } catch (error) {
      outcomes = group.map(() => ({ error }));
    } finally {
      begun?.end();
    }
    group.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome && 'result' in outcome) resolve(outcome.result);
      else reject(outcome?.error);
    });
  }
}

/** While another process holds the lock each group waits for it; those behind must not wait one after the other. */
function inTime({ deadline, reject }: Waiting): boolean {
  if (performance.now() <= deadline) return true;
  reject(new DatabaseBusy('the write has waited too long'));
  return false;
}

async function alone([one]: readonly Waiting[], transaction: Transaction): Promise<Outcome[]> {
  return [{ result: await one?.work(transaction) }];
}

/** @throws what ended the whole transaction, as a full disk does (https://sqlite.org/lang_transaction.html, 3). */
async function eachInSavepoint(group: readonly Waiting[], transaction: Transaction): Promise<Outcome[]> {
  const connection = connectionOf(transaction);
  const outcomes: Outcome[] = [];
  for (const { work } of group) {
    await connection.rows('SAVEPOINT write');
    try {
      outcomes.push({ result: await work(transaction) });
    } catch (error) {
      await connection.rows('ROLLBACK TO write').catch(() => {
        throw error; // it has ended the transaction, and all that the others wrote in it
      });
      outcomes.push({ error });
    }
    await connection.rows('RELEASE write');
  }
  return outcomes;
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
