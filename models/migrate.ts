import { once } from 'node:events';
import { QueryTypes, Transaction, type QueryInterface, type Sequelize } from 'sequelize';
import type { UmzugStorage } from 'umzug';
import type { Database } from './index.js';
import { migrationsOf } from './migrations/index.js';
import { isBusy } from './dialects/sqlite/connection.js';

/** How long a start waits for a process that migrates: many times what the longest migration takes. */
const MAX_WAIT_MS = 15 * 60_000;

/** SQLite locks at the beginning of an immediate transaction; PostgreSQL waits here for another process. */
const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('allium: migrations', 0))";

export interface MigrationContext {
  schema: QueryInterface;
  transaction: Transaction;
}

export interface MigrationStep {
  name: string;
  up: (context: MigrationContext) => Promise<void>;
  down: (context: MigrationContext) => Promise<void>;
}

interface Options {
  /** Ends the wait for another process with the signal's reason. A migration that has begun runs to its end. */
  stopping?: AbortSignal | undefined;
  /** Called once, when the wait takes longer than other writes may wait. */
  onWait?: () => void;
}

/**
 * Brings the schema up to date: all pending migrations in one transaction, or none. Of several processes starting
 * together one takes the write lock and migrates; the others wait and find nothing left to do.
 *
 * @returns the names of the migrations that ran.
 */
export async function migrate(database: Database, { stopping, onWait }: Options = {}): Promise<string[]> {
  const deadline = performance.now() + MAX_WAIT_MS;
  for (let attempt = 1; ; attempt += 1) {
    if ((await pendingMigrations(database.sequelize)).length === 0) return []; // the usual start takes no lock
    stopping?.throwIfAborted();
    try {
      return await runPending(database, stopping);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      if (attempt === 1) onWait?.();
    }
  }
}

/** @throws SQLITE_BUSY when another process holds the write lock for longer than a write waits. */
async function runPending({ sequelize, engine }: Database, stopping?: AbortSignal): Promise<string[]> {
  let begun = false;
  const run = async (transaction: Transaction) => {
    if (sequelize.getDialect() === 'postgres') await sequelize.query(LOCK, { transaction });
    stopping?.throwIfAborted();
    begun = true;
    const migrator = await migratorFor(sequelize, transaction);
    const done = await migrator.up();
    return done.map(({ name }) => name);
  };
  // Sequelize's own wait for the lock would hold the process for 5 s when it is stopped.
  const running = engine.waitForWriter().then(() => sequelize.transaction({ type: Transaction.TYPES.IMMEDIATE }, run));
  if (!stopping) return running;

  const ended = new AbortController();
  const stopped = once(stopping, 'abort', { signal: ended.signal }).then(() => {
    if (!begun) stopping.throwIfAborted();
    return running;
  });
  return Promise.race([running, stopped]).finally(() => ended.abort());
}

/** The names that `migrate` would run. Changes nothing. */
export async function pendingMigrations(sequelize: Sequelize): Promise<string[]> {
  const executed = new Set(await executedMigrations(sequelize));
  return migrationsOf(sequelize.getDialect())
    .map(({ name }) => name)
    .filter((name) => !executed.has(name));
}

async function migratorFor(sequelize: Sequelize, transaction: Transaction) {
  const { Umzug } = await import('umzug'); // 24 MB that the usual start has no use for
  return new Umzug<MigrationContext>({
    migrations: migrationsOf(sequelize.getDialect()).map(({ name, up, down }) => ({
      name,
      up: ({ context }) => up(context),
      down: ({ context }) => down(context),
    })),
    context: { schema: sequelize.getQueryInterface(), transaction },
    storage: storageIn(sequelize, transaction),
    logger: undefined,
  });
}

/** Umzug's own storage for Sequelize knows no transaction, so it would wait for the lock that we hold. */
function storageIn(sequelize: Sequelize, transaction: Transaction): UmzugStorage {
  const run = (sql: string, replacements: string[] = []) => sequelize.query(sql, { replacements, transaction });
  return {
    async logMigration({ name }) {
      await run('INSERT INTO migrations (name) VALUES (?)', [name]);
    },
    async unlogMigration({ name }) {
      await run('DELETE FROM migrations WHERE name = ?', [name]);
    },
    async executed() {
      await run('CREATE TABLE IF NOT EXISTS migrations (name VARCHAR(255) NOT NULL PRIMARY KEY)');
      return executedMigrations(sequelize, transaction);
    },
  };
}

async function executedMigrations(sequelize: Sequelize, transaction: Transaction | null = null): Promise<string[]> {
  if (!(await sequelize.getQueryInterface().tableExists('migrations', { transaction }))) return [];
  const rows = await sequelize.query<{ name: string }>('SELECT name FROM migrations ORDER BY name', {
    type: QueryTypes.SELECT,
    transaction,
  });
  return rows.map(({ name }) => name);
}
