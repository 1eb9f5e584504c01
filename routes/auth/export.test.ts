import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import type { Client } from '../../tests/support/client.js';
import { formOf, plain } from '../../tests/support/images.js';
import { writePost } from '../../tests/support/posts.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { cookieOf } from '../../tests/support/stage.js';

let app: TestApp;
let count = 0;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

interface Job {
  id: number;
  state: string;
  url?: string;
}
type Member = Client & { id: number };
const member = (): Promise<Member> => app.member(`exporter${(count += 1)}`);
const folder = () => join(app.dataDir, 'exports');
const jobIn = (answer: { json: <Body>() => Body }) => answer.json<{ job: Job }>().job;
const begin = async (who: Client) => jobIn(await who.get('/api/auth/export'));
const finished = async (who: Client): Promise<Job> => {
  const { id } = await begin(who);
  await app.services.exports.idle();
  return jobIn(await who.get(`/api/auth/export/${id}`));
};

/** The files of a finished archive, as texts by their paths. */
async function unzipped(who: Client, { url = '' }: Job): Promise<Map<string, string>> {
  const answer = await fetch(new URL(url, app.url), { headers: { Cookie: cookieOf(who) } });
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/zip']);
  const zip = await fromBufferPromise(Buffer.from(await answer.arrayBuffer()));
  const files = new Map<string, string>();
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await text(await zip.openReadStreamPromise(entry)));
  }
  return files;
}

it('holds all that the account has made, and nothing of others', async () => {
  const [ada, bob] = [await member(), await member()];
  const title = '"Quotes": # and 中文';
  const post = await writePost(ada, { title, content: '# Hello\n\n---\n', tags: ['one'] });
  await writePost(ada, { title: 'Unfinished', status: 'draft' });
  const foreign = await writePost(bob, { title: 'By Bob' });
  await ada.post(`/api/posts/${foreign.id}/comments`, { content: 'Well said' });
  await bob.post(`/api/posts/${foreign.id}/comments`, { content: 'Said by another' });
  await ada.post(`/api/posts/${foreign.id}/like`);
  await ada.post(`/api/users/${bob.id}/follow`);
  await ada.post('/api/auth/tokens', { name: 'script', scopes: ['read'], expiresInDays: 1 });
  await ada.post('/api/upload/single', formOf('image', await plain(900, 20).png().toBuffer()));

  const job = await finished(ada);
  const files = await unzipped(ada, job);
  const read = (path: string): unknown => JSON.parse(files.get(path) ?? '');

  expect(job).toMatchObject({ state: 'done', url: `/api/auth/export/${job.id}/file` });
  expect(read('profile.json')).toMatchObject({ id: ada.id, email: expect.stringContaining('@example.com') });
  expect(files.get(`posts/${post.slug}.md`)).toContain(`title: ${JSON.stringify(title)}\n`);
  expect(files.get(`posts/${post.slug}.md`)).toMatch(/^---\n[^]*\ntags: \["one"\]\n---\n\n# Hello\n\n---\n/);
  expect(files.get('posts/unfinished.md')).toContain('status: "draft"');
  expect(read('comments.json')).toMatchObject([{ content: 'Well said', postId: foreign.id }]);
  expect(read('likes.json')).toMatchObject([{ postId: foreign.id, slug: foreign.slug }]);
  expect(read('follows.json')).toMatchObject([{ username: `exporter${count}` }]);
  expect(read('devices.json')).toMatchObject([{ kind: 'session' }]);
  expect(read('tokens.json')).toMatchObject([{ name: 'script', scopes: ['read'] }]);
  expect(read('uploads.json')).toMatchObject([{ width: 900 }]);
  expect([...files.keys()].filter((path) => path.startsWith('uploads/')).length).toBeGreaterThan(1);
  expect([...files.values()].join()).not.toMatch(/Said by another|argon2|passwordHash/);
});

it('is made for one who has made nothing', async () => {
  const ada = await member();

  const files = await unzipped(ada, await finished(ada));

  expect(files.get('comments.json')).toBe('[]\n');
  expect([...files.keys()].filter((path) => path.includes('/'))).toEqual([]);
});

it('is for its owner alone, in person, and lies where no one else can read it', async () => {
  const [ada, eve] = [await member(), await member()];
  const { id, url = '' } = await finished(ada);
  const { token } = (
    await ada.post('/api/auth/tokens', { name: 'script', scopes: ['read', 'write'], expiresInDays: 1 })
  ).json<{ token: string }>();

  for (const path of [`/api/auth/export/${id}`, url]) {
    expect((await eve.get(path)).status).toBe(404);
    expect((await app.program().get(path)).status).toBe(401);
    expect((await app.program({ Authorization: `Bearer ${token}` }).get(path)).status).toBe(403);
  }
  const modes = readdirSync(folder()).map((name) => statSync(join(folder(), name)).mode & 0o777);
  expect(new Set(modes)).toEqual(new Set([0o600]));
  const head = await ada.request('HEAD', url);
  expect(Number(head.headers.get('Content-Length'))).toBeGreaterThan(100);
  expect(head.headers.get('Content-Disposition')).toBe(`attachment; filename="allium-${id}.zip"`);
});

it('is made once at a time for an account; a recent one is used again, and a later one replaces it', async () => {
  const ada = await member();
  const jobs = await Promise.all([begin(ada), begin(ada), begin(ada)]);
  await app.services.exports.idle();
  const before = readdirSync(folder()).length;
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
  expect((await finished(ada)).id).toBe(jobs[0]?.id);

  await app.database.models.write((transaction) =>
    transaction.execute('UPDATE export_jobs SET created_at = ? WHERE id = ?', Date.now() - 11 * 60_000, jobs[0].id),
  );
  const next = await finished(ada);

  expect(next.id).not.toBe(jobs[0]?.id);
  expect(readdirSync(folder())).toHaveLength(before);
  expect((await ada.get(`/api/auth/export/${jobs[0]?.id}`)).status).toBe(404);
});

it('has failed when its process was killed, and can be begun again', async () => {
  const ada = await member();
  const { id } = await finished(ada);
  await app.database.models.write((transaction) =>
    transaction.execute("UPDATE export_jobs SET state = 'running', alive_until = 1 WHERE id = ?", id),
  );

  expect(jobIn(await ada.get(`/api/auth/export/${id}`))).toEqual({
    id,
    state: 'failed',
    createdAt: expect.any(String),
  });
  expect((await ada.get(`/api/auth/export/${id}/file`)).status).toBe(404);
  expect((await finished(ada)).state).toBe('done');
});

it('has failed when its process ends in the middle, and another one says so', async () => {
  const first = await startTestApp({ DATA_DIR: app.dataDir });
  const ada = first.browser();
  const account = { username: 'interrupted', email: 'interrupted@example.com', password: PASSWORD };
  await ada.post('/api/auth/register', account);
  const { id } = await begin(ada);
  await first.services.exports.close();
  await first.stop();

  const there = app.browser();
  await there.post('/api/auth/login', { username: 'interrupted', password: PASSWORD });
  expect(['failed', 'done']).toContain(jobIn(await there.get(`/api/auth/export/${id}`)).state);
  expect((await finished(there)).state).toBe('done');
});

it('is found by every process of the machine', async () => {
  const ada = await member();
  const job = await finished(ada);
  const second = await startTestApp({ DATA_DIR: app.dataDir });
  try {
    const answer = await second.browser({ Cookie: cookieOf(ada) }).get(job.url ?? '');
    expect(answer.status).toBe(200);
  } finally {
    await second.stop();
  }
});

it('goes after a day, and with the account', async () => {
  const [old, leaving, staying] = [await member(), await member(), await member()];
  const [stale] = [await finished(old), await finished(leaving)];
  await finished(staying);
  const before = readdirSync(folder()).length;
  writeFileSync(join(folder(), `${'0'.repeat(32)}.zip`), 'of a job that was killed');
  await app.database.models.write((transaction) =>
    transaction.execute('UPDATE export_jobs SET created_at = ? WHERE id = ?', Date.now() - 25 * 3_600_000, stale.id),
  );
  expect((await leaving.request('DELETE', '/api/auth/me', { body: { currentPassword: PASSWORD } })).status).toBe(204);
  expect(readdirSync(folder())).toHaveLength(before); // one less, one more

  await app.services.exports.sweep();

  expect(readdirSync(folder())).toHaveLength(before - 2);
  expect((await old.get(`/api/auth/export/${stale.id}`)).status).toBe(404);
});
