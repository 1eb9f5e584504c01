import { setTimeout as wait } from 'node:timers/promises';
import type { Transaction } from '../../queries.js';
import { BUSY_TIMEOUT_MS, isBusy, SqliteConnection } from './connection.js';

/** How often a writer asks for the lock. Less than `YIELD_MS` of single-writer.ts, or it would miss when it is free. */
const BEGIN_RETRY_MS = 3;

/** A transaction with the parts that undo one of several writes in it. */
export interface SqliteTransaction extends Transaction {
  savepoint(): Promise<void>;
  /** @throws when the transaction is over: what a full disk ends cannot be undone in part. */
  rollBackToSavepoint(): Promise<void>;
  releaseSavepoint(): Promise<void>;
}

/** The one connection of a process that writes. It opens with the first write. */
export function createWriterConnection(file: string) {
  let opening: Promise<SqliteConnection> | undefined;

  return {
    /**
     * Runs `work` in a transaction that holds the write lock from its first statement on. One at a time.
     *
     * @throws SQLITE_BUSY when another process holds the lock for 5 s.
     */
    async transaction<Result>(work: (transaction: SqliteTransaction) => Promise<Result>): Promise<Result> {
      const connection = await open();
      await beginImmediateWithRetry(connection);
      try {
        const result = await work(transactionOn(connection));
        await connection.rows('COMMIT');
        return result;
      } catch (error) {
        await connection.rows('ROLLBACK').catch(close); // the first error says what happened
        throw error;
      }
    },

    close,
  };

  function open(): Promise<SqliteConnection> {
    if (!opening) {
      opening = SqliteConnection.open(file);
      opening.catch(() => (opening = undefined)); // the next write tries again
    }
    return opening;
  }

  /** What could not be rolled back ends with its connection. */
  async function close(): Promise<void> {
    const connection = await opening?.catch(() => undefined);
    opening = undefined;
    await new Promise<void>((resolve) => (connection ? connection.close(() => resolve()) : resolve()));
  }
}

function transactionOn(connection: SqliteConnection): SqliteTransaction {
  return {
    select: (sql, ...parameters) => connection.rows(sql, ...parameters),
    execute: (sql, ...parameters) => connection.execute(sql, ...parameters),
    lock: () => Promise.resolve(), // no other transaction writes
    savepoint: async () => void (await connection.rows('SAVEPOINT write')),
    rollBackToSavepoint: async () => void (await connection.rows('ROLLBACK TO write')),
    releaseSavepoint: async () => void (await connection.rows('RELEASE write')),
  };
}

/**
 * Asks for the write lock until there is one. SQLite's own waiting looks ever less often, so that a process that writes
 * all the time would keep others out, and holds one of libuv's four threads meanwhile.
 */
async function beginImmediateWithRetry(connection: SqliteConnection): Promise<void> {
  connection.configure('busyTimeout', 0); // inside a transaction nothing waits: it has the lock
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      await connection.rows('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() >= deadline) throw error;
      await wait(BEGIN_RETRY_MS);
    }
  }
}
