import pLimit from 'p-limit';
import { Transaction, type Sequelize } from 'sequelize';

/** Runs `work` inside a transaction that holds the database's write lock from its first statement on. */
export type Write = <Result>(work: (transaction: Transaction) => Promise<Result>) => Promise<Result>;

/**
 * The one way to write. SQLite has a single writer: within the process writers queue here, between processes they
 * queue at `BEGIN IMMEDIATE`. A deferred transaction would fail with SQLITE_BUSY on its first write instead.
 *
 * Only database calls belong inside `work`, each given the transaction: while it runs, nobody else writes.
 */
export function createWriter(database: Sequelize): Write {
  const oneAtATime = pLimit(1);
  return (work) => oneAtATime(() => database.transaction({ type: Transaction.TYPES.IMMEDIATE }, work));
}
