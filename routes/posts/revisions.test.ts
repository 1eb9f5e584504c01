import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

interface Listed {
  version: number;
  title: string;
  savedAt: string;
  savedBy: { id: number; username: string } | null;
}

let app: TestApp;
let admin: Client;
let ada: Client & { id: number };
let eve: Client & { id: number };
beforeAll(async () => {
  app = await startTestApp({ WRITE_LIMIT_PER_MINUTE: '10000' });
  admin = await app.admin();
  ada = await app.member('ada');
  eve = await app.member('eve');
});
afterAll(() => app.stop());

async function revisionsOf(id: number, query = '', client: Client = ada) {
  const answer = await client.get(`/api/posts/${id}/revisions${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json<{ revisions: Listed[]; pagination: object }>();
}
const versionsOf = async (id: number) => (await revisionsOf(id, '?limit=100')).revisions.map(({ version }) => version);
const save = async (client: Client, id: number, fields: object) => {
  const answer = await client.patch(`/api/posts/${id}`, fields);
  expect(answer.status, answer.text).toBe(200);
};
/** Moves all versions of a post into the past, so that the next one is no autosave. */
async function age(id: number, minutes: number): Promise<void> {
  const { models, engine } = app.database;
  const earlier = (time: unknown) => new Date(new Date(time as string).getTime() - minutes * 60_000);
  const saved = await engine.read<{ version: number; at: unknown }>(
    'SELECT version, saved_at AS at FROM post_revisions WHERE post_id = ?',
    id,
  );
  const [post] = await engine.read<{ at: unknown }>('SELECT updated_at AS at FROM posts WHERE id = ?', id);
  await models.write(async (transaction) => {
    for (const { version, at } of saved) {
      const sql = 'UPDATE post_revisions SET saved_at = ? WHERE post_id = ? AND version = ?';
      await transaction.execute(sql, earlier(at), id, version);
    }
    await transaction.execute('UPDATE posts SET updated_at = ? WHERE id = ?', earlier(post?.at), id);
  });
}

describe('earlier versions of a post', () => {
  it('are stored by each change of what a post says, with who saved them', async () => {
    const { id } = await writePost(ada, { title: 'First', content: 'one', tags: ['a'], excerpt: 'short' });
    expect(await revisionsOf(id)).toMatchObject({ revisions: [], pagination: { total: 0 } });

    await save(ada, id, { title: 'Second', content: 'two', tags: ['b'], category: 'life', excerpt: null });
    await save(admin, id, { title: 'Third' });
    await save(ada, id, { title: 'Fourth' });

    const { revisions, pagination } = await revisionsOf(id);
    expect(revisions.map(({ version, title, savedBy }) => [version, title, savedBy?.username])).toEqual([
      [3, 'Third', 'admin'],
      [2, 'Second', 'ada'],
      [1, 'First', 'ada'],
    ]);
    expect(pagination).toEqual({ current: 1, pages: 1, total: 3, limit: 10 });
    expect(Object.keys(revisions[0] ?? {})).toEqual(['version', 'title', 'savedAt', 'savedBy']);
    const one = (await ada.get(`/api/posts/${id}/revisions/1`)).json<{ revision: object }>().revision;
    expect(one).toEqual({
      version: 1,
      title: 'First',
      content: 'one',
      excerpt: 'short',
      category: 'tech',
      tags: ['a'],
      coverImage: null,
      savedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      savedBy: { id: ada.id, username: 'ada', name: null, avatar: null },
    });
  });

  it('come in pages, newest first', async () => {
    const { id } = await writePost(ada);
    for (const title of ['b', 'c', 'd']) {
      await age(id, 10);
      await save(ada, id, { title });
    }

    const pages = await Promise.all([1, 2].map((page) => revisionsOf(id, `?limit=2&page=${page}`)));

    expect(pages.map(({ revisions }) => revisions.map(({ version }) => version))).toEqual([[3, 2], [1]]);
  });

  it('are not stored by a change of the state, nor by saving the same again', async () => {
    const { id } = await writePost(ada, { title: 'Same', status: 'draft' });
    await save(ada, id, { status: 'published' });
    await save(ada, id, { title: 'Same', content: 'Some text', tags: [] });

    expect(await versionsOf(id)).toEqual([]);
  });

  it('are thinned out while one person saves often: the first and the last, one in five minutes, and the latest stay', async () => {
    const { id } = await writePost(ada); // version 1
    for (let number = 2; number <= 5; number += 1) await save(ada, id, { content: `text ${number}` });
    expect(await versionsOf(id)).toEqual([4, 1]);

    await age(id, 6);
    for (let number = 6; number <= 9; number += 1) await save(ada, id, { content: `text ${number}` });
    expect(await versionsOf(id)).toEqual([8, 6, 5, 1]);

    await save(admin, id, { content: 'by another person' });
    await save(ada, id, { content: 'and back' });
    expect(await versionsOf(id)).toEqual([10, 9, 6, 5, 1]);
  });

  it('are fifty at most, the oldest go first', async () => {
    const { id } = await writePost(ada);
    // Two people by turns: no version is an autosave.
    for (let number = 0; number < 52; number += 1)
      await save(number % 2 ? ada : admin, id, { title: `Title ${number}` });

    const versions = await versionsOf(id);
    expect([versions.length, versions[0], versions.at(-1)]).toEqual([50, 52, 3]);
  });

  it('are for the author and editors', async () => {
    const post = await writePost(ada);
    const draft = await writePost(ada, { status: 'draft' });
    for (const { id } of [post, draft]) await save(ada, id, { title: 'Changed' });

    for (const path of ['revisions', 'revisions/1', 'revisions/1/restore']) {
      const send = (client: Client, id: number) =>
        path.endsWith('restore') ? client.post(`/api/posts/${id}/${path}`, {}) : client.get(`/api/posts/${id}/${path}`);
      expect((await send(eve, post.id)).status, path).toBe(403);
      expect((await send(eve, draft.id)).status, path).toBe(404);
      expect((await send(app.program(), post.id)).status, path).toBe(401);
      expect((await send(admin, draft.id)).status, path).toBe(200);
      expect((await send(ada, 999_999)).status, path).toBe(404);
    }
    expect((await ada.get(`/api/posts/${post.id}/revisions/9`)).status).toBe(404);
    expect((await ada.get(`/api/posts/${post.id}/revisions/x`)).status).toBe(400);
  });

  it('go with their post, and lose the account that saved them', async () => {
    const bob = await app.member('bob');
    const theirs = await writePost(bob);
    await save(bob, theirs.id, { title: 'Changed' });
    const mine = await writePost(ada);
    await save(ada, mine.id, { title: 'Changed' });

    expect((await admin.delete(`/api/users/${bob.id}`)).status).toBe(204);
    expect((await ada.delete(`/api/posts/${mine.id}`)).status).toBe(200);

    expect((await revisionsOf(theirs.id, '', admin)).revisions).toMatchObject([{ version: 1, savedBy: null }]);
    const rows = await app.database.engine.read('SELECT 1 AS one FROM post_revisions WHERE post_id = ?', mine.id);
    expect(rows).toEqual([]);
  });
});

describe('restoring', () => {
  it('makes a new version of the old text, which can be found, and stores the one before', async () => {
    const { id } = await writePost(ada, { title: 'Old', content: '## Rhubarb', tags: ['old'], status: 'draft' });
    await save(ada, id, { title: 'New', content: 'nothing', tags: [], category: 'life', coverImage: '/uploads/a.png' });
    await save(ada, id, { status: 'published' });

    const answer = await ada.post(`/api/posts/${id}/revisions/1/restore`, { version: 3 });

    expect(answer.status, answer.text).toBe(200);
    expect(answer.json()).toMatchObject({
      message: 'Version restored',
      post: {
        title: 'Old',
        content: '## Rhubarb',
        html: expect.stringContaining('section-rhubarb') as string,
        tags: ['old'],
        category: 'tech',
        coverImage: null,
        status: 'published',
        version: 4,
      },
    });
    expect(answer.headers.get('ETag')).toBe('"4"');
    expect((await app.program().get('/api/posts?search=rhubarb')).json()).toMatchObject({ posts: [{ id }] });
    expect(await versionsOf(id)).toEqual([3, 1]);
  });

  it('is refused where the current version is another one than was seen', async () => {
    const { id } = await writePost(ada);
    await save(ada, id, { title: 'Changed' });
    const path = `/api/posts/${id}/revisions/1/restore`;

    expect((await ada.post(path, { version: 1 })).status).toBe(409);
    expect((await ada.post(path, {}, { 'If-Match': '"1"' })).status).toBe(412);
    expect((await ada.post(path, {}, { 'If-Match': '"2"' })).status).toBe(200);
  });
});
