import type { Logger } from '../middlewares/state.js';
import { openDatabase, type Database } from '../models/index.js';
import { requireKnownSchema } from '../models/known-schema.js';
import { migrate } from '../models/migrate.js';
import { StartError } from './config.js';

/** What people can do about a database that does not open, by the code of the failure. */
const ADVICE: Readonly<Record<string, string>> = {
  NEWER_DATABASE: 'a newer version of Allium has changed it; install that version, or restore a backup from before',
  FOREIGN_DATABASE: 'it belongs to another program; correct DATABASE_URL or move it away',
  SQLITE_NOTADB: 'it is not an SQLite database; move it away or restore a backup',
  SQLITE_CORRUPT: 'it is damaged; restore a backup',
  SQLITE_CANTOPEN: 'it cannot be opened; check the path and its permissions',
  SQLITE_READONLY: 'it is read-only; make it writable for this user',
  SQLITE_FULL: 'the disk is full; free some space',
  SQLITE_IOERR: 'reading or writing it failed; check the disk',
  SQLITE_BUSY: 'another process keeps it locked; end that one first',
  ENOENT: 'there is no such folder; make it or correct DATABASE_URL',
  ENOTDIR: 'part of the path is not a folder; correct DATABASE_URL',
  EACCES: 'it cannot be opened; check the path and its permissions',
  EROFS: 'its file system is read-only; choose another folder',
  ENOSPC: 'the disk is full; free some space',
};

/** @throws StartError when the file is not a database of this version, cannot be read or has no room to grow. */
export async function openMigrated(file: string, log: Logger): Promise<Database> {
  let database: Database | undefined;
  try {
    await requireKnownSchema(file);
    database = openDatabase(file);
    const done = await migrate(database);
    if (done.length > 0) log.info({ migrations: done }, 'migrated the database');
    return database;
  } catch (cause) {
    await database?.close().catch(() => {});
    const { code = '' } = ((cause as { original?: object }).original ?? cause) as { code?: string };
    const advice = ADVICE[code];
    if (!advice) throw cause;
    throw new StartError(`The database ${file} cannot be used: ${advice}`, { cause });
  }
}
