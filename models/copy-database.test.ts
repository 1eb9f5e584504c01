import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgresServer, type PostgresServer } from '../tests/support/postgres-server.js';
import { writePost } from '../tests/support/posts.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import { copyToPostgres, COPY_TIMEOUT_MS } from './copy-database.js';
import { openDatabase, type Database } from './index.js';
import { migrate } from './migrate.js';

let server: PostgresServer;
let app: TestApp;
let from: Database;
let to: Database;
let dir: string;
beforeAll(async () => {
  server = await startPostgresServer();
  dir = mkdtempSync(join(tmpdir(), 'allium-copy-'));
  app = await startTestApp({ DATA_DIR: dir, DATABASE_URL: `sqlite:${join(dir, 'allium.sqlite')}` });
  const ada = await app.admin();
  const bob = await app.member('bob');
  const post = await writePost(ada, { title: 'Onions and 洋葱', content: 'In **layers**', tags: ['two words', '层'] });
  await writePost(bob, { title: 'A draft', status: 'draft' });
  await bob.post(`/api/posts/${post.id}/like`);
  await bob.post(`/api/posts/${post.id}/comments`, { content: 'naïve “quotes”' });
  await bob.post('/api/users/1/follow');
  from = openDatabase(join(dir, 'allium.sqlite'));
  const url = await server.createDatabase('copy');
  to = openDatabase({ url, versionsFile: join(dir, 'postgres'), writeTimeoutMs: COPY_TIMEOUT_MS });
  await migrate(to);
});
afterAll(async () => {
  await Promise.all([from.close(), to.close()]);
  await app.stop();
  await server.stop();
  rmSync(dir, { recursive: true });
});

const rows = (database: Database, sql: string) => database.engine.read<Record<string, unknown>>(sql);

describe('copying an installation to PostgreSQL', () => {
  it('refuses a database that has rows, and changes nothing', async () => {
    await to.sequelize.query("INSERT INTO tags (name) VALUES ('there already')");

    await expect(copyToPostgres(from, to, () => {})).rejects.toMatchObject({ reason: 'not empty', table: 'tags' });

    expect(await rows(to, 'SELECT count(*) AS users FROM users')).toEqual([{ users: 0 }]);
    await to.sequelize.query('DELETE FROM tags');
  });

  it('lets a statement take longer than the writes of requests, which end after 5 s', async () => {
    const slow = to.engine.write((target) => target.select("SELECT 'done' AS it FROM pg_sleep(6.5)"));

    await expect(slow).resolves.toEqual([{ it: 'done' }]);
  });

  it('copies every row with its counts, and shows how far it is', async () => {
    const shown: string[] = [];
    const copied = await copyToPostgres(from, to, (table, done, total) => shown.push(`${table} ${done}/${total}`));

    const tables = await rows(from, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    const madeOnEachSide = /^(sqlite_|migrations$|leases$|post_search|post_pairs)/;
    expect(copied.map(({ table }) => table).toSorted()).toEqual(
      tables
        .map(({ name }) => String(name))
        .filter((name) => !madeOnEachSide.test(name))
        .toSorted(),
    );
    for (const { table, rows: count } of copied) {
      expect(await rows(from, `SELECT count(*) AS count FROM ${table}`), table).toEqual([{ count }]);
    }
    expect(copied.find(({ table }) => table === 'posts')?.checksum).toMatch(/^[0-9a-f]{64}$/);
    expect(shown).toContain('posts 2/2');
    expect(await rows(to, 'SELECT title, like_count, comment_count, version FROM posts ORDER BY id')).toEqual(
      await rows(from, 'SELECT title, like_count, comment_count, version FROM posts ORDER BY id'),
    );
    expect(await rows(to, 'SELECT name, post_count FROM tags ORDER BY name')).toEqual(
      await rows(from, 'SELECT name, post_count FROM tags ORDER BY name'),
    );
  });

  it('leaves a database that an application runs on: signs in, finds posts, counts on', async () => {
    const url = `postgres://allium@127.0.0.1:${server.port}/copy`;
    const copy = await startTestApp({ DATA_DIR: dir, DATABASE_URL: url });
    try {
      const ada = await copy.admin();
      const found = (await ada.get('/api/posts?search=洋葱')).json<{ posts: { title: string; likeCount: number }[] }>();
      expect(found.posts).toMatchObject([{ title: 'Onions and 洋葱', likeCount: 1 }]);

      const { id } = await writePost(ada, { title: 'One more' });
      expect(id).toBe(3);
      expect((await ada.get('/api/posts')).json<{ pagination: { total: number } }>().pagination.total).toBe(2);
    } finally {
      await copy.stop();
    }
  });
});
