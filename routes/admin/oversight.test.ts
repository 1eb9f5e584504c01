import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { formOf, plain } from '../../tests/support/images.js';
import { writePost } from '../../tests/support/posts.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
});
afterAll(() => app.stop());

const idOf = async (client: Client) => (await client.get('/api/auth/me')).json<{ user: { id: number } }>().user.id;

interface Comments {
  comments: { id: number; content: string; author: { username: string } | null; post: { id: number; title: string } }[];
  next: number | null;
}
interface Files {
  files: { id: number; owner: { username: string } | null; totalSize: number; size: number }[];
  next: number | null;
}
interface Bulk {
  done: number[];
  failed: { id: number; code: string; error: string }[];
}

describe('GET /api/admin/comments', () => {
  it('lists the comments on all posts, newest first, a page after the other', async () => {
    const author = await app.member('commenter');
    const { id } = await writePost(author, { title: 'On leeks' });
    for (const content of ['one', 'two', 'three']) await author.post(`/api/posts/${id}/comments`, { content });

    const first = (await admin.get('/api/admin/comments?limit=2')).json<Comments>();
    const second = (await admin.get(`/api/admin/comments?limit=2&after=${first.next}`)).json<Comments>();

    expect(first.comments.map(({ content }) => content)).toEqual(['three', 'two']);
    expect(first.comments[0]).toMatchObject({ author: { username: 'commenter' }, post: { id, title: 'On leeks' } });
    expect([second.comments.map(({ content }) => content), second.next]).toEqual([['one'], null]);
  });
});

describe('GET /api/admin/uploads', () => {
  it('lists the pictures of all accounts with their owners; an administrator deletes them', async () => {
    const owner = await app.member('painter');
    const body = formOf('image', await plain(400, 40).png().toBuffer());
    expect((await owner.post('/api/upload/single', body)).status).toBe(201);

    const [file] = (await admin.get('/api/admin/uploads')).json<Files>().files;
    expect(file).toMatchObject({ owner: { username: 'painter' } });
    expect(file?.totalSize).toBeGreaterThan(file?.size ?? Infinity);
    expect((await admin.delete(`/api/upload/${file?.id}`)).status).toBe(204);
    expect((await admin.get('/api/admin/uploads')).json<Files>()).toEqual({ files: [], next: null });
  });
});

describe('GET /api/users', () => {
  it('filters by role and state', async () => {
    const gone = await idOf(await app.member('gone'));
    await admin.patch(`/api/users/${gone}`, { isActive: false });
    const names = async (query: string) =>
      (await admin.get(`/api/users?${query}`))
        .json<{ users: { username: string }[] }>()
        .users.map((user) => user.username);

    expect(await names('isActive=false')).toEqual(['gone']);
    expect(await names('role=admin')).toHaveLength(1);
    expect(await names('role=admin&isActive=false')).toEqual([]);
    expect((await admin.get('/api/users?isActive=maybe')).status).toBe(400);
  });
});

describe('DELETE /api/admin/users/:id/sessions', () => {
  it('signs the account out everywhere, and leaves its password', async () => {
    const member = await app.member('signed-in');
    expect((await admin.delete(`/api/admin/users/${await idOf(member)}/sessions`)).status).toBe(204);

    expect((await member.get('/api/auth/me')).status).toBe(401);
    const again = await app.program().post('/api/auth/login', { username: 'signed-in', password: PASSWORD });
    expect(again.status).toBe(200);
  });

  it('returns 404 for an account that does not exist', async () => {
    expect((await admin.delete('/api/admin/users/999999/sessions')).status).toBe(404);
  });
});

describe('bulk actions', () => {
  it('change accounts, each by itself: one that fails stops no other', async () => {
    const [one, two] = [await idOf(await app.member('one')), await idOf(await app.member('two'))];
    const own = await idOf(admin);

    const off = await admin.post('/api/admin/users/bulk', { action: 'deactivate', ids: [one, own, 999_999, two] });
    expect(off.json<Bulk>()).toMatchObject({
      done: [one, two],
      failed: [
        { id: own, code: 'forbidden' },
        { id: 999_999, code: 'not_found' },
      ],
    });
    expect(off.json<Bulk>().failed.every(({ error }) => error.length > 0)).toBe(true);
    const gone = await admin.post('/api/admin/users/bulk', { action: 'delete', ids: [one, two], content: 'delete' });
    expect(gone.json<Bulk>()).toEqual({ done: [one, two], failed: [] });
    expect((await admin.get(`/api/users/${one}`)).status).toBe(404);
  });

  it('publish, archive and delete posts', async () => {
    const author = await app.member('prolific');
    const posts = [await writePost(author, { status: 'draft' }), await writePost(author, { status: 'draft' })];
    const ids = posts.map(({ id }) => id);
    const statuses = () =>
      Promise.all(
        ids.map(async (id) => (await admin.get(`/api/posts/${id}`)).json<{ post?: { status: string } }>().post?.status),
      );

    await admin.post('/api/admin/posts/bulk', { action: 'publish', ids });
    expect(await statuses()).toEqual(['published', 'published']);
    await admin.post('/api/admin/posts/bulk', { action: 'archive', ids });
    expect(await statuses()).toEqual(['archived', 'archived']);
    const deleted = await admin.post('/api/admin/posts/bulk', { action: 'delete', ids: [...ids, ...ids] });
    expect(deleted.json<Bulk>()).toEqual({ done: ids, failed: [] });
  });

  it('delete comments', async () => {
    const author = await app.member('talkative');
    const { id } = await writePost(author);
    const said = await author.post(`/api/posts/${id}/comments`, { content: 'Hm' });
    const { comment } = said.json<{ comment: { id: number } }>();

    const answer = await admin.post('/api/admin/comments/bulk', { action: 'delete', ids: [comment.id] });
    expect(answer.json<Bulk>()).toEqual({ done: [comment.id], failed: [] });
  });

  it.each([{ ids: [] }, { ids: Array.from({ length: 101 }, (_, index) => index + 1) }, { ids: [0] }])(
    'refuse a list such as %j',
    async ({ ids }) => {
      expect((await admin.post('/api/admin/users/bulk', { action: 'activate', ids })).status).toBe(400);
    },
  );
});

it('GET /api/admin/settings shows each variable, and no secret', async () => {
  const { settings } = (await admin.get('/api/admin/settings')).json<{
    settings: { name: string; isSet: boolean }[];
  }>();

  expect(settings).toContainEqual(expect.objectContaining({ name: 'DATA_DIR', isSet: true }));
  expect(settings).toContainEqual(expect.objectContaining({ name: 'SESSION_KEYS', value: null }));
});
