import { expect, it, onTestFinished } from 'vitest';
import { program, type Answer, type Client } from '../support/client.js';
import { startPostgresServer } from '../support/postgres-server.js';
import { writePost } from '../support/posts.js';
import { describeWith } from '../support/requires.js';
import { account, stageAdmin, stageDir, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

/** The server's limit for a statement is 5 s; one that does not answer gets a second more, and the same to roll back. */
const ANSWERED_MS = 8_000;
const LONG_READ_ANSWERED_MS = 4_000;

describeWith('postgresql', 'PostgreSQL that is frozen, with its connections open', () => {
  it('delays requests for some seconds at most, and all works again when it goes on', async () => {
    const postgres = await startPostgresServer();
    onTestFinished(() => postgres.stop());
    const server = await stageServer({
      DATA_DIR: stageDir(),
      DATABASE_URL: await postgres.createDatabase('frozen'),
    });
    const admin = await stageAdmin(server);
    const { id } = await writePost(admin, { title: 'Before' });
    const { username, password } = account('admin');
    const signedIn = await program(server.url).post('/api/auth/login', { username, password });
    const script = program(server.url, { Authorization: `Bearer ${signedIn.json<{ token: string }>().token}` });
    await Promise.all(Array.from({ length: 10 }, (_, page) => admin.get(`/api/posts?page=${page + 2}`))); // connections
    expect((await script.get('/api/auth/me')).status).toBe(200);

    postgres.signal('SIGSTOP');
    const [write, search, ...others] = await Promise.all([
      timed(() => script.patch(`/api/posts/${id}`, { title: 'During' })),
      timed(() => script.get('/api/posts?search=during')),
      timed(() => admin.patch(`/api/posts/${id}`, { title: 'During' })),
      timed(() => program(server.url).post('/api/auth/login', { username, password })),
      ...Array.from({ length: 20 }, (_, user) => timed(() => script.get(`/api/users/${user + 100}`))),
    ]);
    const alive = await timed(() => program(server.url).get('/livez'));

    for (const { answer, ms } of [write, search, ...others]) {
      expect(answer.status, answer.text).toBe(503);
      expect(answer.json()).toMatchObject({ code: 'unavailable' });
      expect(ms).toBeLessThan(ANSWERED_MS);
    }
    expect(search.ms).toBeLessThan(LONG_READ_ANSWERED_MS);
    expect(alive.answer.status).toBe(200);
    expect((await program(server.url).get('/readyz')).status).toBe(503);

    postgres.signal('SIGCONT');
    await until('writes to go on', () => changes(script, id));
    expect((await program(server.url).get(`/api/posts/${id}`)).json()).toMatchObject({ post: { title: 'After' } });
    expect((await admin.get('/api/auth/me')).status).toBe(200);
    expect((await script.get('/api/posts?search=after')).json()).toMatchObject({ pagination: { total: 1 } });
    await until('the server to be ready', async () => (await program(server.url).get('/readyz')).status === 200);
  });
});

const changes = async (client: Client, id: number) =>
  (await client.patch(`/api/posts/${id}`, { title: 'After' })).status === 200;

async function timed(send: () => Promise<Answer>): Promise<{ answer: Answer; ms: number }> {
  const from = performance.now();
  const answer = await send();
  return { answer, ms: performance.now() - from };
}
