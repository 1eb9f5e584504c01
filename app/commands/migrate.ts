import type { Config } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { createLogger } from '../logger.js';
import { openMigrated } from '../open-database.js';

/** `allium migrate`. @throws StartError */
export async function runMigrations({ dataDir, database: { file }, log }: Config): Promise<void> {
  openDataDir(dataDir);
  const database = await openMigrated(file, createLogger({ ...log, format: 'pretty' }));
  await database.close();
  process.stdout.write('The database is up to date.\n');
}
