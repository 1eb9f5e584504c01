import sqlite3 from 'sqlite3';
import { TunedDatabase } from './sqlite.js';
import { openVersions } from './versions.js';

type Value = string | number | null;

/** Rows for one table, sent many at a time. */
export interface Inserter {
  add(...row: Value[]): void;
}

export interface Bulk {
  into(table: string, columns: readonly string[]): Inserter;
  /** Sends what waits and resolves when it is written; more may be added meanwhile. */
  flush(): Promise<void>;
  run(sql: string, ...parameters: Value[]): Promise<void>;
  all<Row>(sql: string, ...parameters: Value[]): Promise<Row[]>;
  /** Takes the indexes and triggers of these tables away until the end: each would be asked for every row. */
  suspend(...tables: string[]): Promise<void>;
}

interface Options {
  file: string;
  /** The versions that are other ones afterwards. */
  changes: readonly string[];
}

/** Rows in one statement: beyond these a row costs no less, and SQLite takes 32,766 parameters at most. */
const ROWS = 250;
const CACHE_KIB = 256 * 1024;

/**
 * Writes very many rows in one transaction, on a connection of its own: all of them are there afterwards, or none.
 * Nobody else can write meanwhile. Foreign keys are not checked: the rows are made here and point at each other.
 */
export async function writeInBulk<Result>(
  { file, changes }: Options,
  work: (bulk: Bulk) => Promise<Result>,
): Promise<Result> {
  const database = await open(file);
  const versions = openVersions(`${file}-versions`);
  const exec = (sql: string) => settled((done) => database.exec(sql, done));
  let finish = () => {};
  try {
    database.serialize();
    await exec(`PRAGMA foreign_keys=OFF; PRAGMA cache_size=-${CACHE_KIB}; BEGIN IMMEDIATE`);
    const begun = versions.begin(changes);
    try {
      const { bulk, resume, finalize } = createBulk(database);
      finish = finalize;
      const result = await work(bulk);
      await bulk.flush();
      await resume();
      await exec('COMMIT');
      await exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return result;
    } catch (error) {
      await exec('ROLLBACK').catch(() => {}); // the first error says what happened
      throw error;
    } finally {
      begun.end();
    }
  } finally {
    versions.close();
    finish();
    await settled((done) => database.close(done));
  }
}

function createBulk(database: sqlite3.Database) {
  const senders: (() => Promise<void>[])[] = [];
  const taken: string[] = [];
  const prepared: sqlite3.Statement[] = [];

  const all: Bulk['all'] = <Row>(sql: string, ...parameters: Value[]) =>
    new Promise<Row[]>((resolve, reject) => {
      database.all<Row>(sql, parameters, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  const run: Bulk['run'] = (sql, ...parameters) => settled((done) => database.run(sql, parameters, done));

  const bulk: Bulk = {
    all,
    run,
    into(table, columns) {
      const width = columns.length;
      const insert = (rows: number) =>
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${Array(rows)
          .fill(`(${Array(width).fill('?').join(', ')})`)
          .join(', ')}`;
      let full: Value[][] = [];
      let values: Value[] = [];
      let many: sqlite3.Statement | undefined;

      senders.push(() => {
        const sent = full.map((rows) => {
          const statement = (many ??= prepare(insert(ROWS)));
          return settled((done) => statement.run(rows, done));
        });
        if (values.length > 0) sent.push(run(insert(values.length / width), ...values));
        full = [];
        values = [];
        return sent;
      });
      return {
        add(...row) {
          for (const value of row) values.push(value);
          if (values.length < ROWS * width) return;
          full.push(values);
          values = [];
        },
      };
    },
    flush: async () => void (await Promise.all(senders.flatMap((send) => send()))),
    async suspend(...tables) {
      const list = tables.map((table) => `'${table}'`).join(', ');
      const parts = await all<{ type: string; name: string; sql: string }>(
        `SELECT type, name, sql FROM sqlite_schema
           WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name IN (${list})`,
      );
      for (const { type, name, sql } of parts) {
        await run(`DROP ${type} ${name}`);
        taken.push(sql);
      }
    },
  };
  return {
    bulk,
    /** SQLite closes no connection that has statements. */
    finalize() {
      for (const statement of prepared) statement.finalize();
    },
    async resume() {
      for (const sql of taken) await run(sql);
    },
  };

  function prepare(sql: string): sqlite3.Statement {
    const statement = database.prepare(sql);
    prepared.push(statement);
    return statement;
  }
}

function open(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new TunedDatabase(file, sqlite3.OPEN_READWRITE, (error) =>
      error ? reject(error) : resolve(database),
    );
  });
}

function settled(start: (done: (error: Error | null) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}
