import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgresServer, type PostgresServer } from '../../../tests/support/postgres-server.js';
import { writePost } from '../../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../../tests/support/start-test-app.js';
import { until } from '../../../tests/support/until.js';
import type { Client } from '../../../tests/support/client.js';

let server: PostgresServer;
let app: TestApp;
let ada: Client;
beforeAll(async () => {
  server = await startPostgresServer();
  app = await startTestApp({ DATABASE_URL: await server.createDatabase('outage') });
  ada = await app.admin();
});
afterAll(async () => {
  await app.stop();
  await server.stop();
});

describe('while PostgreSQL is away', () => {
  it('requests get 503 at once, and all works again when it is back', async () => {
    const { id } = await writePost(ada, { title: 'Before' });
    const { begin } = await server.interrupt();

    const askedAt = performance.now();
    const answers = await Promise.all([
      ada.get('/api/posts?page=3'),
      ada.patch(`/api/posts/${id}`, { title: 'During' }),
      app.browser().post('/api/auth/login', { username: 'admin', password: 'whatever it was' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    for (const answer of answers) expect(answer.json()).toMatchObject({ code: 'unavailable' });
    expect(performance.now() - askedAt).toBeLessThan(5_000);
    expect((await app.program().get('/readyz')).status).toBe(503);
    expect((await app.program().get('/livez')).status).toBe(200);

    await begin();
    await until(
      'it writes again',
      async () => (await ada.patch(`/api/posts/${id}`, { title: 'After' })).status === 200,
    );
    expect((await app.program().get(`/api/posts/${id}`)).json()).toMatchObject({ post: { title: 'After' } });
  });

  it('a connection that ends with others in use ends no process', async () => {
    const others = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()';
    const statuses = new Set<number>();
    for (let round = 0; round < 10; round += 1) {
      const asked = Array.from({ length: 20 }, (_, index) =>
        app.program().get(`/api/posts?page=${2 + round * 20 + index}`),
      );
      await app.database.engine.read(others).catch(() => {});
      for (const { status } of await Promise.all(asked)) statuses.add(status);
    }

    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  });
});

describe('statements', () => {
  it('that are many are not prepared: a connection does not grow with them', async () => {
    const asked = Array.from(
      { length: 300 },
      (_, index) => `/api/posts?search=word${index}&tags=${'t,'.repeat(index % 7)}x`,
    );
    for (const path of asked) expect((await app.program().get(path)).status).toBe(200);
    const [row] = await app.database.engine.readLong<{ count: number }>(
      {},
      'SELECT count(*) AS count FROM pg_prepared_statements',
    );

    expect(row?.count).toBe(0);
  });

  it('with a cursor that no column can have find nothing', async () => {
    const cursors = [
      ['000001-01-01T00:00:00.000Z', 5],
      ['99999', 5],
      ['a\u0000b', 5],
      [1e300, 5],
      ['x', 1e300],
    ];
    for (const sort of ['publishedAt', '-title', 'likeCount']) {
      for (const cursor of cursors) {
        const after = Buffer.from(JSON.stringify(cursor)).toString('base64url');
        const { status, text } = await app.program().get(`/api/posts?sort=${sort}&after=${after}`);
        expect([200, 400], `${sort} ${JSON.stringify(cursor)} ${text}`).toContain(status);
      }
    }
  });
});
