import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { databaseSetting } from '../../tests/support/test-database.js';
import { loadConfig } from '../config.js';
import { createLogger } from '../logger.js';
import { openMigrated } from '../open-database.js';
import { seed } from './seed.js';

it('fills an empty PostgreSQL database, and no other', async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const dataDir = mkdtempSync(join(tmpdir(), 'allium-test-'));
  onTestFinished(() => {
    vi.restoreAllMocks();
    rmSync(dataDir, { recursive: true });
  });
  const env = { DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...(await databaseSetting(dataDir)) };
  const config = loadConfig(env, { terminal: false, managed: false });
  const options = { posts: '6', seed: '1', password: false, covers: true, force: false };

  await seed(config, options, 'en');
  await expect(seed(config, options, 'en')).rejects.toThrow('there are 6 posts and 20 accounts already');

  const database = await openMigrated(config.database, createLogger(config.log));
  onTestFinished(() => database.close());
  expect(await database.engine.read('SELECT id FROM uploads')).not.toEqual([]);
  const [counted] = await database.engine.read(
    'SELECT sum(like_count) AS likes, sum(comment_count) AS comments FROM posts',
  );
  const [there] = await database.engine.read(
    'SELECT (SELECT count(*) FROM likes) AS likes, (SELECT count(*) FROM comments) AS comments',
  );
  expect(counted).toEqual(there);
});
