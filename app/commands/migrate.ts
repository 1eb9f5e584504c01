import { existsSync } from 'node:fs';
import { copyToPostgres, CopyRefused, COPY_TIMEOUT_MS } from '../../models/copy-database.js';
import type { Database } from '../../models/index.js';
import { cliIn } from '../../views/locales/cli.js';
import type { Locale } from '../../views/locales/index.js';
import type { Config } from '../config.js';
import { databaseFile, databaseLocation, isDatabaseUrl } from '../database-url.js';
import { openDataDir } from '../data-dir.js';
import { createLogger } from '../logger.js';
import { openMigrated } from '../open-database.js';
import { StartError } from '../start-error.js';
import { createProgress } from './progress.js';

export interface MigrateOptions {
  from?: string;
  to?: string;
}

/** `allium migrate`. @throws StartError */
export async function runMigrations({ dataDir, database: location, log }: Config, locale: Locale): Promise<void> {
  openDataDir(dataDir);
  const database = await openMigrated(location, createLogger({ ...log, format: 'pretty' }));
  await database.close();
  process.stdout.write(`${cliIn[locale].migrate.done}\n`);
}

/**
 * `allium migrate --from sqlite:… --to postgres://…`: copies an installation. Its files, such as uploads and keys, stay
 * where they are: in DATA_DIR.
 *
 * @throws StartError
 */
export async function copyInstallation(config: Config, { from, to }: MigrateOptions, locale: Locale): Promise<void> {
  if (from === undefined || to === undefined) throw new StartError(({ migrate }) => migrate.directions);
  const isKnown = isDatabaseUrl(from) && isDatabaseUrl(to);
  const source = isKnown ? databaseFile(databaseLocation(from, config.dataDir)) : undefined;
  const target = isKnown ? databaseLocation(to, config.dataDir) : undefined;
  if (source === undefined || typeof target !== 'object') throw new StartError(({ migrate }) => migrate.directions);
  if (!existsSync(source)) throw new StartError(({ migrate }) => migrate.noSource(source));
  openDataDir(config.dataDir);
  const log = createLogger({ ...config.log, format: 'pretty' });
  const before = await openMigrated(source, log);
  const after = await openMigrated({ ...target, writeTimeoutMs: COPY_TIMEOUT_MS }, log);
  try {
    await copy(before, after, locale);
  } finally {
    await Promise.all([before.close(), after.close()]);
  }
}

/** Copies all rows, and shows how far it is. @throws StartError where `copyToPostgres` refuses. */
export async function copy(before: Database, after: Database, locale: Locale): Promise<void> {
  const text = cliIn[locale].migrate;
  const { show, end } = createProgress(process.stdout, { progress: text.progress, steps: {} });
  try {
    const tables = await copyToPostgres(before, after, show);
    end();
    for (const { table, rows, checksum } of tables) process.stdout.write(`${table} ${rows} ${checksum.slice(0, 16)}\n`);
    process.stdout.write(`${text.copied(tables.reduce((sum, { rows }) => sum + rows, 0))}\n`);
  } catch (error) {
    end();
    if (!(error instanceof CopyRefused)) throw error;
    const { reason, table } = error;
    throw new StartError(({ migrate }) =>
      reason === 'not empty' ? migrate.notEmpty(table) : migrate.different(table),
    );
  }
}
