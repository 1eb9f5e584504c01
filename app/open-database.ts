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
  SQLITE_BUSY: 'another process keeps it locked; wait for it, or end it if it hangs',
  ENOENT: 'there is no such folder; make it or correct DATABASE_URL',
  ENOTDIR: 'part of the path is not a folder; correct DATABASE_URL',
  EACCES: 'it cannot be opened; check the path and its permissions',
  EROFS: 'its file system is read-only; choose another folder',
  ENOSPC: 'the disk is full; free some space',
};

/**
 * Looks at an existing file before anything opens it for writing, which alone would change a foreign one.
 *
 * @throws StartError when it is not a database of this version.
 */
export const requireOurDatabase = (file: string): Promise<void> => withAdvice(file, () => requireKnownSchema(file));

/**
 * @param stopping ends the wait for another process that migrates.
 * @throws StartError when the file is not a database of this version, cannot be read or has no room to grow.
 */
export function openMigrated(file: string, log: Logger, stopping?: AbortSignal): Promise<Database> {
  return withAdvice(file, async () => {
    await requireKnownSchema(file);
    const database = openDatabase(file);
    try {
      const onWait = () => log.warn('waiting for another process that holds the database, to migrate it');
      const done = await migrate(database, { stopping, onWait });
      if (done.length > 0) log.info({ migrations: done }, 'migrated the database');
      return database;
    } catch (error) {
      await database.close().catch(() => {});
      throw error;
    }
  });
}

async function withAdvice<Result>(file: string, open: () => Promise<Result>): Promise<Result> {
  try {
    return await open();
  } catch (cause) {
    const { code = '' } = ((cause as { original?: object }).original ?? cause) as { code?: string };
    const advice = ADVICE[code];
    if (!advice) throw cause;
    throw new StartError(`The database ${file} cannot be used: ${advice}`, { cause });
  }
}
