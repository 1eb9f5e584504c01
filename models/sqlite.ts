import { setTimeout as wait } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import sqlite3 from 'sqlite3';
import { QueryTypes, Sequelize, type Transaction } from 'sequelize';

/** How long a statement waits for another process's write lock before it fails with SQLITE_BUSY. */
export const BUSY_TIMEOUT_MS = 5_000;
const RETRY_MS = 10;
/** Statements that each connection keeps prepared. */
const MAX_PREPARED = 200;
/** How often a writer asks for the lock. Less than `YIELD_MS` of writer.ts, or it would miss when nobody has it. */
const BEGIN_RETRY_MS = 3;

/**
 * Each connection of ours, the first and every later one, gets the same settings. Sequelize has no hook for that
 * with SQLite, so the driver's own class does it (https://www.sqlite.org/pragma.html).
 *
 * WAL lets readers work while one process writes. With `synchronous=NORMAL` a killed process loses no commit;
 * only a machine that loses power may lose the last ones, and never the file.
 */
export class TunedDatabase extends sqlite3.Database {
  /** A statement takes some 20 KB; filters of lists combine to more texts than are worth it. */
  readonly #prepared = new LRUCache<string, Promise<sqlite3.Statement>>({
    max: MAX_PREPARED,
    dispose: (preparing) => void preparing.then((statement) => this.#finalize(statement)).catch(() => {}),
  });
  readonly #statements = new Set<sqlite3.Statement>();

  constructor(file: string, mode?: number, callback?: (error: Error | null) => void) {
    super(file, mode, (error) => {
      if (error) return callback?.(error);
      this.configure('busyTimeout', BUSY_TIMEOUT_MS);
      tune(this, Date.now() + BUSY_TIMEOUT_MS, callback ?? (() => {}));
    });
  }

  /**
   * Runs one statement, which stays prepared: that and the way round Sequelize save four fifths of its cost.
   *
   * @param sql one of a fixed set of texts.
   * @returns its rows. @throws the driver's error
   */
  async rows<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    let preparing = this.#prepared.get(sql);
    if (!preparing) {
      preparing = this.#prepare(sql);
      this.#prepared.set(sql, preparing);
      preparing.catch(() => this.#prepared.delete(sql));
    }
    const statement = await preparing;
    return new Promise<Row[]>((resolve, reject) => {
      statement.all<Row>(parameters.map(stored), (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  }

  #prepare(sql: string): Promise<sqlite3.Statement> {
    return new Promise((resolve, reject) => {
      const statement = this.prepare(sql, (error) => {
        if (!error) return resolve(statement);
        this.#statements.delete(statement);
        reject(error);
      });
      this.#statements.add(statement);
    });
  }

  /** Not before the read that has just found the statement has begun with it. */
  #finalize(statement: sqlite3.Statement): void {
    setImmediate(() => {
      if (this.#statements.delete(statement)) statement.finalize();
    });
  }

  /** SQLite closes no connection that has statements. */
  override close(callback?: (error: Error | null) => void): void {
    for (const statement of this.#statements) statement.finalize();
    this.#statements.clear();
    super.close(callback);
  }
}

export type Parameter = string | number | Date | null;

/** Times as Sequelize writes them: `2026-11-20 10:25:04.359 +00:00`. */
function stored(parameter: Parameter): string | number | null {
  if (!(parameter instanceof Date)) return parameter;
  return `${parameter.toISOString().replace('T', ' ').slice(0, -1)} +00:00`;
}

/** Tries again: of several processes that switch a new file to WAL together, SQLite lets one and does not wait. */
function tune(database: sqlite3.Database, deadline: number, done: (error: Error | null) => void): void {
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;', (error) => {
    if (isBusy(error) && Date.now() < deadline) setTimeout(tune, RETRY_MS, database, deadline, done);
    else done(error);
  });
}

/** Opens an SQLite file through Sequelize. Creates the file, not the folder. Connects on the first statement. */
export function openSqlite(file: string): Sequelize {
  const database = new Sequelize({
    dialect: 'sqlite',
    storage: file,
    dialectModule: { ...sqlite3, Database: TunedDatabase },
    logging: false,
    retry: { max: 1 }, // the busy timeout waits; a silent second try would hide a lock held too long
  });
  keepOneWriter(database);
  beginByAsking(database);
  return database;
}

/** What Sequelize's connection manager for SQLite is, as far as we touch it: none of it is in its types. */
interface ConnectionManager {
  connections: Record<string, Connection>;
  getConnection(options?: { uuid?: string }): Promise<Connection>;
  releaseConnection(connection: Connection, force?: boolean): void;
  destroyConnection(connection: Connection): Promise<void>;
}
type Connection = sqlite3.Database & { uuid?: string };

/**
 * Sequelize opens a new connection for every transaction. `createWriter` runs one at a time, so all of them can share
 * one connection that stays open; one that failed to roll back is closed and opened anew.
 */
function keepOneWriter(database: Sequelize): void {
  const manager = (database as unknown as { connectionManager: ConnectionManager }).connectionManager;
  const open = manager.getConnection.bind(manager);

  manager.getConnection = async (options) => {
    const uuid = options?.uuid === undefined || options.uuid === 'default' ? 'default' : 'writer';
    try {
      return await open({ ...options, uuid });
    } catch (error) {
      delete manager.connections[uuid]; // else it would be given out from now on, and never answer
      throw error;
    }
  };
  manager.releaseConnection = () => {}; // both stay open until `database.close()`
  manager.destroyConnection = async (connection) => {
    delete manager.connections['writer'];
    await new Promise<void>((resolve) => connection.close(() => resolve()));
  };
}

/**
 * Asks for the write lock until there is one. SQLite's own waiting looks ever less often, so that a process that writes
 * all the time would keep others out, and holds one of the pool's four threads meanwhile.
 *
 * A transaction that got no lock has nothing to roll back: Sequelize would try, print that it failed and reconnect.
 */
function beginByAsking(database: Sequelize): void {
  const queries = database.getQueryInterface() as unknown as {
    startTransaction(transaction: Transaction): Promise<void>;
    rollbackTransaction(transaction: Transaction, options: object): Promise<void>;
  };
  const rollBack = queries.rollbackTransaction.bind(queries);
  const begun = new WeakSet<Transaction>();

  queries.startTransaction = async (transaction) => {
    const connection = connectionOf(transaction);
    connection.configure('busyTimeout', 0); // inside a transaction nothing waits: it has the lock
    const deadline = Date.now() + BUSY_TIMEOUT_MS;
    for (;;) {
      const error = await new Promise<Error | null>((done) => connection.exec('BEGIN IMMEDIATE', done));
      if (!error) return void begun.add(transaction);
      if (!isBusy(error) || Date.now() >= deadline) throw error;
      await wait(BEGIN_RETRY_MS);
    }
  };
  queries.rollbackTransaction = async (transaction, options) => {
    if (begun.has(transaction)) await rollBack(transaction, options);
  };
}

/** Whether another process has held the lock for too long. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY';
}

/** The connection that a transaction holds: its type leaves it out. */
export function connectionOf(transaction: Transaction): TunedDatabase {
  return (transaction as unknown as { connection: TunedDatabase }).connection;
}

/** @throws the driver's error when the file is not a readable database. */
export async function ping(database: Sequelize): Promise<void> {
  await database.query('SELECT 1 FROM sqlite_schema LIMIT 1', { type: QueryTypes.SELECT });
}
