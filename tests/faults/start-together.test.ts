import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../models/index.js';
import { migrate } from '../../models/migrate.js';
import { migrationsOf } from '../../models/migrations/index.js';
import { describeWith } from '../support/requires.js';
import { runServerProcess } from '../support/server-process.js';
import { sameBrowser, stageDir, stageMember, stageRedis, stageServer } from '../support/stage.js';
import { lockDatabase } from '../support/database-lock.js';
import { until } from '../support/until.js';

const migrations = migrationsOf('sqlite');

const WORKERS = 6;
const ROUNDS = 2;
/** Longer than a statement waits for a lock, five seconds, and the start of a process together. */
const LONG_MIGRATION_MS = 9_000;
const WAITS = 'waiting for another process that holds the database';

describe('workers that start at the same instant in an empty DATA_DIR', () => {
  comeUpAsOne(() => Promise.resolve({}));
});
describeWith('redis-server', 'workers with Redis that start at the same instant in an empty DATA_DIR', () => {
  comeUpAsOne(async () => ({ REDIS_URL: (await stageRedis()).url }));
});

describe('connections that open a new database at the same instant', () => {
  it('all get it, however they meet while it is switched to its journal', async () => {
    const dir = stageDir();
    for (let round = 0; round < 300; round += 1) {
      const file = join(dir, `${round}.sqlite`);
      const opened = Array.from({ length: 3 }, () => openDatabase(file));

      await expect(Promise.all(opened.map(({ engine }) => engine.ping()))).resolves.toHaveLength(3);

      await Promise.all(opened.map(({ close }) => close()));
    }
  });
});

describe('a worker that starts while another process migrates', () => {
  it('waits for it, says so once, and serves', async () => {
    const { dir, unlock } = await lockedWithPendingMigration();

    const starting = stageServer({ DATA_DIR: dir });
    await Promise.race([wait(LONG_MIGRATION_MS), starting]); // which ends the test when the server ends
    await unlock();
    const server = await starting;

    expect(server.output().split(WAITS)).toHaveLength(2);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await rowsOfMigrations(dir)).toEqual(migrations.map(({ name }) => name));
  });

  it('ends at once when it is stopped meanwhile', async () => {
    const { dir } = await lockedWithPendingMigration();
    const server = runServerProcess({ DATA_DIR: dir });
    onTestFinished(async () => void (await server.stop('SIGKILL')));
    await until('it waits', () => server.output().includes(WAITS), { withinMs: 30_000 });

    const stoppedAt = performance.now();
    expect(await server.stop()).toEqual({ code: 0, signal: null });

    expect(performance.now() - stoppedAt).toBeLessThan(2_000);
    expect(await rowsOfMigrations(dir)).toHaveLength(migrations.length - 1);
  });
});

/** A database without the last migration, whose lock another process has. */
async function lockedWithPendingMigration() {
  const dir = stageDir();
  const file = join(dir, 'allium.sqlite');
  const database = openDatabase(file);
  await migrate(database);
  await database.sequelize.transaction(async (transaction) => {
    const last = migrations.at(-1);
    await last?.down({ schema: database.sequelize.getQueryInterface(), transaction });
    await database.sequelize.query('DELETE FROM migrations WHERE name = ?', {
      replacements: [last?.name ?? ''],
      transaction,
    });
  });
  await database.close();
  return { dir, unlock: await lockDatabase(file) };
}

function comeUpAsOne(settings: () => Promise<Record<string, string>>): void {
  it.each(Array.from({ length: ROUNDS }, (_, index) => index + 1))(
    'all come up, with the same keys and each migration run once (round %i)',
    async () => {
      const dir = stageDir();
      const env = { DATA_DIR: dir, ...(await settings()) };

      const workers = await Promise.all(Array.from({ length: WORKERS }, () => stageServer(env)));

      const migrated = workers.filter(({ output }) => output().includes('migrated the database'));
      expect(migrated).toHaveLength(1);
      expect(await rowsOfMigrations(dir)).toEqual(migrations.map(({ name }) => name));

      const [first] = workers;
      const member = await stageMember(first?.url ?? '', 'member');
      const statuses = workers.map(async ({ url }) => (await sameBrowser(member, url).get('/api/auth/me')).status);
      expect(await Promise.all(statuses)).toEqual(workers.map(() => 200));

      const keys = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('key'));
      expect(keys.toSorted()).toEqual(['session-key', 'token-keys', 'token-keys/1.json']); // and no draft is left
      expect(keys.map((name) => statSync(join(dir, name)).mode & 0o777)).toEqual([0o600, 0o700, 0o600]);
    },
  );
}

async function rowsOfMigrations(dir: string): Promise<string[]> {
  const { sequelize, close } = openDatabase(join(dir, 'allium.sqlite'));
  const [rows] = await sequelize.query('SELECT name FROM migrations ORDER BY name');
  await close();
  return (rows as { name: string }[]).map(({ name }) => name);
}
