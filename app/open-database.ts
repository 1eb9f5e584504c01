import type { Logger } from '../middlewares/state.js';
import type { Engine } from '../models/dialects/engine.js';
import { openDatabase, requireKnownSchema, type Database, type DatabaseLocation } from '../models/index.js';
import { migrate } from '../models/migrate.js';
import { cliIn } from '../views/locales/cli.js';
import { StartError, type Sentence } from './start-error.js';

/**
 * Looks at an existing file before anything opens it for writing, which alone would change a foreign one.
 *
 * @throws StartError when it is not a database of this version.
 */
export const requireOurDatabase = (location: DatabaseLocation): Promise<void> =>
  withAdvice(location, () => requireKnownSchema(location));

interface OpenOptions {
  /** Ends the wait for another process that migrates. */
  stopping?: AbortSignal | undefined;
  /** What is added to every read and write. */
  wrap?: ((engine: Engine) => Engine) | undefined;
}

/**
 * @throws StartError when the file is not a database of this version, cannot be read or has no room to grow.
 */
export function openMigrated(
  location: DatabaseLocation,
  log: Logger,
  { stopping, wrap }: OpenOptions = {},
): Promise<Database> {
  return withAdvice(location, async () => {
    await requireKnownSchema(location);
    const database = openDatabase(location, wrap);
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

async function withAdvice<Result>(location: DatabaseLocation, open: () => Promise<Result>): Promise<Result> {
  try {
    return await open();
  } catch (cause) {
    const { code = '' } = ((cause as { original?: object }).original ?? cause) as { code?: string };
    if (!Object.hasOwn(cliIn.en.start.databaseErrors, code)) throw cause;
    const sentence: Sentence = ({ start }) =>
      start.databaseUnusable(nameOf(location), start.databaseErrors[code as keyof typeof start.databaseErrors]);
    throw new StartError(sentence, { cause });
  }
}

/** Without the password. */
function nameOf(location: DatabaseLocation): string {
  if (typeof location === 'string') return location;
  const { host, pathname } = new URL(location.url);
  return `${pathname.slice(1)} at ${host}`;
}
