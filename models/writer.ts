import pLimit from 'p-limit';
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

/** The write was not begun. The code is the one SQLite has for it. */
export class DatabaseBusy extends Error {
  override readonly name = 'DatabaseBusy';
  readonly code = 'SQLITE_BUSY';
}

/**
 * The one way to write. SQLite has a single writer: within the process writers queue here, between processes they
 * queue at `BEGIN IMMEDIATE`. A deferred transaction would fail with SQLITE_BUSY on its first write instead.
 *
 * Only database calls belong inside `work`, each given the transaction: while it runs, nobody else writes.
 */
export function createWriter(database: Sequelize, versions: Versions): Write {
  const oneAtATime = pLimit(1);

  return async (work, changes = []) => {
    const deadline = performance.now() + MAX_WAIT_MS;
    if (oneAtATime.pendingCount >= MAX_WAITING) throw new DatabaseBusy('too many writes wait');
    return oneAtATime(async () => {
      // While another process holds the lock each write waits for it; those behind must not wait one after the other.
      if (performance.now() > deadline) throw new DatabaseBusy('the write has waited too long');
      let begun: ReturnType<Versions['begin']> | undefined;
      try {
        return await database.transaction({ type: Transaction.TYPES.IMMEDIATE }, (transaction) => {
          begun = versions.begin(changes);
          return work(transaction);
        });
      } finally {
        begun?.end();
      }
    });
  };
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
