import type sqlite3 from 'sqlite3';
import { SqliteConnection } from './connection.js';
import { openVersions } from '../../versions.js';

type Value = string | number | null;

/** Rows for one table, sent many at a time. */
export interface Inserter {
  add(...row: Value[]): void;
}

export interface Bulk {
  into(table: string, columns: readonly string[]): Inserter;
  /** For tables of FTS5, which write what they have gathered before any statement that may fail half-way. */
  intoSearch(table: string, columns: readonly string[]): Promise<Inserter>;
  /** Sends as many rows as make whole statements and resolves when they are written; more may be added meanwhile. */
  send(): Promise<void>;
  run(sql: string, ...parameters: Value[]): Promise<void>;
  all<Row>(sql: string, ...parameters: Value[]): Promise<Row[]>;
  /** Takes the indexes and triggers of these tables away until the end: each would be asked for every row. */
  suspend(...tables: string[]): Promise<void>;
}

interface Options {
  file: string;
  /** The versions that are other ones afterwards. */
  changes: readonly string[];
  /** Receives the names of dropped indexes and triggers while they are restored, which takes a while. */
  restoring: (done: number, total: number) => void;
}

/** Rows in one statement: beyond these a row costs no less. */
const ROWS = 250;
/** In one statement; SQLite takes 32,766 at most (https://www.sqlite.org/limits.html#max_variable_number). */
const MAX_PARAMETERS = 32_000;
/**
 * What FTS5 gathers in memory before it writes, and how many parts it leaves before it merges them: what is loaded in
 * bulk is made one part of at the end (https://www.sqlite.org/fts5.html#special_insert_commands).
 */
const IN_BULK = { hashsize: 64 * 1024 * 1024, automerge: 0, crisismerge: 1_000 };
const USUALLY = { hashsize: 1024 * 1024, automerge: 4, crisismerge: 16 };
const CACHE_KIB = 256 * 1024;

/**
 * Writes very many rows in one transaction, on a connection of its own: all of them are there afterwards, or none.
 * Other writes wait meanwhile. Foreign keys are not checked: the rows are made here and point at each other.
 */
export async function writeInBulk<Result>(
  { file, changes, restoring }: Options,
  work: (bulk: Bulk) => Promise<Result>,
): Promise<Result> {
  const database = await SqliteConnection.open(file);
  const versions = openVersions(file);
  const exec = (sql: string) => settled((done) => database.exec(sql, done));
  let finish = () => {};
  try {
    database.serialize();
    await exec(`PRAGMA foreign_keys=OFF; PRAGMA cache_size=-${CACHE_KIB}; BEGIN IMMEDIATE`);
    const begun = versions.begin(changes);
    try {
      const { bulk, end, finalize } = createBulk(database);
      finish = finalize;
      const result = await work(bulk);
      await end(restoring);
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

interface Batches {
  sendFull(): Promise<void>[];
  sendRest(): Promise<void>;
}

function createBulk(database: sqlite3.Database) {
  const batches: Batches[] = [];
  const gathering: string[] = [];
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
    into: (table, columns) => inserter(table, columns, ROWS),
    async intoSearch(table, columns) {
      await configure(table, IN_BULK);
      gathering.push(table);
      return inserter(table, columns, Math.floor(MAX_PARAMETERS / columns.length));
    },
    send: async () => void (await Promise.all(batches.flatMap(({ sendFull }) => sendFull()))),
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
    /** Sends the rest, in the order in which the tables were named, and puts back what was taken away. */
    async end(restoring: Options['restoring']) {
      await Promise.all(batches.flatMap(({ sendFull, sendRest }) => [...sendFull(), sendRest()]));
      for (const table of gathering) {
        await run(`INSERT INTO ${table} (${table}) VALUES ('optimize')`);
        await configure(table, USUALLY);
      }
      for (const [index, sql] of taken.entries()) {
        await run(sql);
        restoring(index + 1, taken.length);
      }
    },
  };

  function inserter(table: string, columns: readonly string[], rows: number): Inserter {
    const size = rows * columns.length;
    const marks = `(${columns.map(() => '?').join(', ')})`;
    // A row that fails undoes everything, so SQLite need not note down how to undo its statement alone.
    const insert = (count: number) =>
      `INSERT OR ROLLBACK INTO ${table} (${columns.join(', ')}) VALUES ${Array(count).fill(marks).join(', ')}`;
    let full: Value[][] = [];
    let values: Value[] = [];
    let statement: sqlite3.Statement | undefined;

    batches.push({
      sendFull() {
        const sent = full.map((batch) => settled((done) => (statement ??= prepare(insert(rows))).run(batch, done)));
        full = [];
        return sent;
      },
      async sendRest() {
        if (values.length > 0) await run(insert(values.length / columns.length), ...values);
      },
    });
    return {
      add(...row) {
        for (const value of row) values.push(value);
        if (values.length < size) return;
        full.push(values);
        values = [];
      },
    };
  }

  async function configure(table: string, settings: Record<string, number>): Promise<void> {
    for (const [name, value] of Object.entries(settings)) {
      await run(`INSERT INTO ${table} (${table}, rank) VALUES (?, ?)`, name, value);
    }
  }

  function prepare(sql: string): sqlite3.Statement {
    const statement = database.prepare(sql);
    prepared.push(statement);
    return statement;
  }
}

function settled(start: (done: (error: Error | null) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}
