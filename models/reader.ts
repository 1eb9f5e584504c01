import sqlite3 from 'sqlite3';
import type { Model, ModelStatic } from 'sequelize';
import { ReadLane, type ReadOptions, type ReadParameter } from './read-lane.js';
import { TunedDatabase } from './sqlite.js';

/**
 * Pages that stay in memory: reading one from the system costs a microsecond, and a search reads hundreds. SQLite keeps
 * 2 MB. 16 MB in all, whatever the number of connections.
 */
const SHORT_CACHE_KIB = 4 * 1024;
const LONG_CACHE_KIB = 6 * 1024;

/**
 * libuv has four threads for writes, password hashes (one at a time), files and DNS as well. Two long reads and a hash
 * leave one for everything that is short.
 */
const SHORT_READS = { connections: 1, perConnection: 2, deadlineMs: 5_000, maxWaiting: 2_000 };
const LONG_READS = { connections: 2, perConnection: 1, deadlineMs: 2_000, maxWaiting: 100 };
const WATCH_MS = 100;

/** Reads plain rows with SQL of our own; what is written goes through Sequelize. */
export interface Reader {
  /**
   * For reads whose cost has a small bound, such as those by primary key: they never wait for a long one.
   *
   * @param sql with `?` for each parameter; one of a fixed set of texts, since each is kept prepared.
   * @throws ReadEnded after 5 s, or at once when too many reads wait.
   */
  read<Row>(sql: string, ...parameters: ReadParameter[]): Promise<Row[]>;
  /**
   * For reads whose cost grows with the data: lists, counts, searches.
   *
   * @throws ReadEnded after 2 s, when `signal` aborts, or at once when too many reads wait.
   */
  readLong<Row>(options: ReadOptions, sql: string, ...parameters: ReadParameter[]): Promise<Row[]>;
  close(): Promise<void>;
}

/**
 * Connections for reads alone, whose statements are prepared once. One row costs a fifth of what it costs through
 * Sequelize, and no read waits behind a write of this process. They see whatever has been committed.
 */
export function openReader(file: string): Reader {
  const short = new ReadLane(() => open(file, SHORT_CACHE_KIB), SHORT_READS);
  const long = new ReadLane(() => open(file, LONG_CACHE_KIB), LONG_READS);
  const watching = setInterval(() => {
    short.watch();
    long.watch();
  }, WATCH_MS);
  watching.unref();

  return {
    read: (sql, ...parameters) => short.run(sql, parameters),
    readLong: (options, sql, ...parameters) => long.run(sql, parameters, options),

    async close() {
      await Promise.all([short.close(), long.close()]);
      clearInterval(watching);
    },
  };
}

function open(file: string, cacheKib: number): Promise<TunedDatabase> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null) => (error ? reject(error) : resolve(database));
    const database = new TunedDatabase(file, sqlite3.OPEN_READWRITE, (error) =>
      error ? done(error) : database.exec(`PRAGMA cache_size=-${cacheKib}`, done),
    );
  });
}

/** How a model's rows are read without Sequelize: the list for SELECT, and what turns a row into its attributes. */
export interface RowShape<Row> {
  select: string;
  /** Changes the row it is given. */
  revive(row: object): Row;
}

/** SQLite knows neither dates nor booleans: the model says which columns hold them. */
export function rowShape<Row>(model: ModelStatic<Model>, { without = [] }: { without?: string[] } = {}): RowShape<Row> {
  const columns = Object.entries(model.getAttributes())
    .filter(([name]) => !without.includes(name))
    .map(([name, { field = name, type }]) => ({ name, field, type: String(type) }));
  const namesOf = (wanted: string) => columns.filter(({ type }) => type.startsWith(wanted)).map(({ name }) => name);
  const dates = namesOf('DATETIME');
  const booleans = namesOf('TINYINT');

  return {
    select: columns.map(({ name, field }) => `${field} AS ${name}`).join(', '),
    revive(row) {
      const values = row as Record<string, unknown>;
      for (const name of dates) if (values[name] !== null) values[name] = new Date(values[name] as string);
      for (const name of booleans) values[name] = values[name] === 1;
      return row as Row;
    },
  };
}
