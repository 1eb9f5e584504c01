import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../models/index.js';
import { ping } from '../../models/sqlite.js';
import { migrations } from '../../models/migrations/index.js';
import { describeWith } from '../support/requires.js';
import { sameBrowser, stageDir, stageMember, stageRedis, stageServer } from '../support/stage.js';

const WORKERS = 6;
const ROUNDS = 2;

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

      await expect(Promise.all(opened.map(({ sequelize }) => ping(sequelize)))).resolves.toHaveLength(3);

      await Promise.all(opened.map(({ close }) => close()));
    }
  });
});

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
