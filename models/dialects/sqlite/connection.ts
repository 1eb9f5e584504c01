import { LRUCache } from 'lru-cache';
import sqlite3 from 'sqlite3';
import { UniqueViolation, type Parameter } from '../../queries.js';

/** How long a statement waits for another process's write lock before it fails with SQLITE_BUSY. */
export const BUSY_TIMEOUT_MS = 5_000;
const RETRY_MS = 10;
/** Statements that each connection has prepared. A statement takes some 20 KB. */
const MAX_PREPARED = 200;

/**
 * A connection with prepared statements: a row costs a fifth of what it costs through Sequelize.
 *
 * Every connection, Sequelize's too, gets the same settings (https://www.sqlite.org/pragma.html). WAL lets readers work
 * while one process writes. With `synchronous=NORMAL` a killed process loses no commit; only a machine that loses power
 * may lose the last ones, and never the file.
 */
export class SqliteConnection extends sqlite3.Database {
  /** Least recently used first out: filters of lists combine to more texts than are worth preparing. */
  readonly #prepared = new LRUCache<string, Promise<sqlite3.Statement>>({
    max: MAX_PREPARED,
    dispose: (preparing) => void preparing.then((statement) => this.#finalize(statement)).catch(() => {}),
  });
  readonly #statements = new Set<sqlite3.Statement>();
  #failedToOpen = false;

  constructor(file: string, mode?: number, callback?: (error: Error | null) => void) {
    super(file, mode, (error) => {
      if (error) {
        this.#failedToOpen = true;
        return callback?.(error);
      }
      this.configure('busyTimeout', BUSY_TIMEOUT_MS);
      applySettings(this, Date.now() + BUSY_TIMEOUT_MS, callback ?? (() => {}));
    });
  }

  /** Opens an existing file. @throws the driver's error */
  static open(file: string): Promise<SqliteConnection> {
    return new Promise((resolve, reject) => {
      const connection: SqliteConnection = new SqliteConnection(file, sqlite3.OPEN_READWRITE, (error) =>
        error ? reject(error) : resolve(connection),
      );
    });
  }

  /** @param sql one of a fixed set of texts. @returns its rows. @throws the driver's error, UniqueViolation */
  async rows<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    const statement = await this.#statementFor(sql);
    return new Promise<Row[]>((resolve, reject) => {
      statement.all<Row>(parameters.map(stored), (error, rows) => (error ? reject(failure(error)) : resolve(rows)));
    });
  }

  /** @returns how many rows the statement has changed. @throws as `rows` */
  async execute(sql: string, ...parameters: Parameter[]): Promise<number> {
    const statement = await this.#statementFor(sql);
    return new Promise<number>((resolve, reject) => {
      statement.run(parameters.map(stored), function (error) {
        if (error) reject(failure(error));
        else resolve(this.changes);
      });
    });
  }

  #statementFor(sql: string): Promise<sqlite3.Statement> {
    let preparing = this.#prepared.get(sql);
    if (!preparing) {
      preparing = this.#prepare(sql);
      this.#prepared.set(sql, preparing);
      preparing.catch(() => this.#prepared.delete(sql));
    }
    return preparing;
  }

  /**
   * Another connection may have changed the schema. SQLite 3.52 then opens the tables of FTS5 half-way through preparing
   * a statement whose triggers write them, and says "no such table" of one that is there; the second time they are open.
   */
  async #prepare(sql: string): Promise<sqlite3.Statement> {
    try {
      return await this.#prepareOnce(sql);
    } catch (error) {
      if (!(error as Error).message.includes('no such table')) throw error;
      return this.#prepareOnce(sql);
    }
  }

  #prepareOnce(sql: string): Promise<sqlite3.Statement> {
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

  /** SQLite closes no connection that has statements, and never calls back for one that did not open. */
  override close(callback?: (error: Error | null) => void): void {
    if (this.#failedToOpen) return callback?.(null);
    for (const statement of this.#statements) statement.finalize();
    this.#statements.clear();
    super.close(callback);
  }
}

/** Times as Sequelize writes them: `2026-11-20 10:25:04.359 +00:00`. */
function stored(parameter: Parameter): string | number | boolean | null {
  if (!(parameter instanceof Date)) return parameter;
  return `${parameter.toISOString().replace('T', ' ').slice(0, -1)} +00:00`;
}

/** SQLite has no code for the column: `UNIQUE constraint failed: users.email_key`. */
function failure(error: Error): Error {
  const columns = /^SQLITE_CONSTRAINT: UNIQUE constraint failed: (.*)$/.exec(error.message)?.[1];
  if (columns === undefined) return error;
  return new UniqueViolation(
    columns.split(', ').map((column) => column.slice(column.indexOf('.') + 1)),
    error,
  );
}

/** Tries again: of several processes that switch a new file to WAL together, SQLite lets one and does not wait. */
function applySettings(database: sqlite3.Database, deadline: number, done: (error: Error | null) => void): void {
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;', (error) => {
    if (isBusy(error) && Date.now() < deadline) setTimeout(applySettings, RETRY_MS, database, deadline, done);
    else done(error);
  });
}

/** Whether another process has held the lock for too long. */
export function isBusy(error: unknown): boolean {
  const { code } = ((error as { original?: object } | null)?.original ?? error ?? {}) as { code?: string };
  return code === 'SQLITE_BUSY';
}
