import sqlite3 from 'sqlite3';
import { onTestFinished } from 'vitest';

/** Takes the write lock, as a migration, a backup or another program may. @returns a function that releases it. */
export async function lockDatabase(file: string): Promise<() => Promise<void>> {
  const database = new sqlite3.Database(file);
  const run = (sql: string) =>
    new Promise<void>((resolve, reject) => database.exec(sql, (error) => (error ? reject(error) : resolve())));
  await run('BEGIN IMMEDIATE');
  onTestFinished(() => new Promise<void>((resolve) => database.close(() => resolve())));
  return () => run('ROLLBACK');
}
