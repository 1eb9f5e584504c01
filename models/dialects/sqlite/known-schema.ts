import { statSync } from 'node:fs';
import sqlite3 from 'sqlite3';
import { requireKnownMigrations, UnknownSchema } from '../../known-schema.js';
import { BUSY_TIMEOUT_MS } from './connection.js';

const TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite|_%' ESCAPE '|'";

/**
 * Reads what an existing file holds before it is opened for writing, which alone would change it: its journal mode.
 *
 * @throws UnknownSchema. @throws the driver's error when the file cannot be read.
 */
export async function requireKnownFile(file: string): Promise<void> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size === 0) return;
  const database = await openForReading(file);
  try {
    const tables = await namesIn(database, TABLES);
    if (tables.length === 0) return;
    requireKnownMigrations('sqlite', tables, tables.includes('migrations') ? await migrationsIn(database) : []);
  } finally {
    database.close();
  }
}

/** Other programs have tables of this name too, with other columns. */
async function migrationsIn(database: sqlite3.Database): Promise<string[]> {
  const columns = await namesIn(database, "SELECT name FROM pragma_table_info('migrations')");
  if (!columns.includes('name')) throw new UnknownSchema('FOREIGN_DATABASE');
  return namesIn(database, 'SELECT name FROM migrations');
}

function openForReading(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY, (error) => {
      if (error) return reject(error);
      database.configure('busyTimeout', BUSY_TIMEOUT_MS);
      resolve(database);
    });
  });
}

function namesIn(database: sqlite3.Database, sql: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    database.all<{ name: unknown }>(sql, (error, rows) =>
      error ? reject(error) : resolve(rows.map(({ name }) => String(name))),
    );
  });
}
