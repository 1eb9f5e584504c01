import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { readPost, writePost, type PostAnswer } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

interface Comment {
  id: number;
  postId: number;
  parentId: number | null;
  content: string;
  author: { id: number; username: string; name: string | null; avatar: string | null };
  createdAt: string;
  updatedAt: string;
}
interface Page {
  comments: Comment[];
  pagination: { current: number; pages: number; total: number; limit: number };
}

let app: TestApp;
let admin: Client;
let author: Client & { id: number };
let reader: Client & { id: number };
let other: Client & { id: number };
let post: PostAnswer;
let path: string;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  author = await app.member('author');
  reader = await app.member('reader');
  other = await app.member('other');
});
beforeEach(async () => {
  post = await writePost(author);
  path = `/api/posts/${post.id}/comments`;
});
afterAll(() => app.stop());

async function comment(who: Client, content = 'Well said', parentId?: number): Promise<Comment> {
  const answer = await who.post(path, { content, parentId });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json<{ comment: Comment }>().comment;
}
const pageOf = async (query = '', who = app.program()) => (await who.get(`${path}${query}`)).json<Page>();
const countOf = async () => (await readPost(author, post.id)).commentCount;

describe('a comment', () => {
  it('is shown to everybody as it was typed, with who wrote it', async () => {
    await reader.patch(`/api/users/${reader.id}`, { name: 'Rea Der', avatar: '/r.png' });
    const content = '  <b>Two</b>\nlines & *stars*  ';

    const answer = await reader.post(path, { content });

    expect(answer.status, answer.text).toBe(201);
    const { comment: made } = answer.json<{ comment: Comment }>();
    expect(made).toEqual({
      id: expect.any(Number),
      postId: post.id,
      parentId: null,
      content: '<b>Two</b>\nlines & *stars*',
      author: { id: reader.id, username: 'reader', name: 'Rea Der', avatar: '/r.png' },
      createdAt: expect.stringMatching(/^\d{4}-.*T.*Z$/),
      updatedAt: expect.any(String),
    });
    expect(await pageOf()).toEqual({ comments: [made], pagination: { current: 1, pages: 1, total: 1, limit: 10 } });
    expect(await countOf()).toBe(1);
  });

  it('may come as a form', async () => {
    const first = await comment(reader);
    const form = new URLSearchParams({ content: 'by form', parentId: String(first.id) });

    expect((await reader.post(path, form)).json()).toMatchObject({
      comment: { content: 'by form', parentId: first.id },
    });
    expect((await reader.post(path, new URLSearchParams({ content: 'top', parentId: '' }))).json()).toMatchObject({
      comment: { parentId: null },
    });
  });

  it.each([
    ['nothing', {}, 'content'],
    ['an empty text', { content: '  \n ' }, 'content'],
    ['2,001 characters', { content: 'x'.repeat(2_001) }, 'content'],
    ['a number', { content: 7 }, 'content'],
    ['a parent that is no id', { content: 'x', parentId: 1.5 }, 'parentId'],
    ['a parent that is nowhere', { content: 'x', parentId: 999_999 }, 'parentId'],
    ['an unknown field', { content: 'x', author: 1 }, 'author'],
  ])('is refused with %s, in the reader’s language', async (_name, body, field) => {
    const answer = await reader.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'validation_failed', details: [{ path: field }] });

    const inChinese = await reader.post(path, body, { 'Accept-Language': 'zh-CN' });
    expect(inChinese.json()).toMatchObject({ error: '请检查填写的内容', code: 'validation_failed' });
    expect(await countOf()).toBe(0);
  });

  it('is refused as a reply to a comment on another post', async () => {
    const elsewhere = await writePost(author);
    const there = await reader.post(`/api/posts/${elsewhere.id}/comments`, { content: 'there' });

    const parentId = there.json<{ comment: Comment }>().comment.id;

    expect((await reader.post(path, { content: 'x', parentId })).status).toBe(400);
  });

  it('needs a signed-in author and an existing post', async () => {
    expect((await app.program().post(path, { content: 'x' })).status).toBe(401);
    expect((await reader.post('/api/posts/999999/comments', { content: 'x' })).status).toBe(404);
    expect((await reader.get('/api/posts/999999/comments')).status).toBe(404);
  });
});

describe('replies', () => {
  it('follow the comment they answer, whenever they were written; a reply to a reply is one of them', async () => {
    const first = await comment(reader, 'first');
    const second = await comment(other, 'second');
    const reply = await comment(author, 'reply', first.id);
    const deeper = await comment(other, 'reply to the reply', reply.id);
    await comment(reader, 'reply to second', second.id);

    expect(deeper.parentId).toBe(first.id);
    const { comments, pagination } = await pageOf();
    expect(comments.map(({ content }) => content)).toEqual([
      'first',
      'reply',
      'reply to the reply',
      'second',
      'reply to second',
    ]);
    expect(comments.map(({ parentId }) => parentId)).toEqual([null, first.id, first.id, null, second.id]);
    expect(pagination.total).toBe(5);
    expect(await countOf()).toBe(5);
  });

  it('are paged with their comments: no page is longer than asked, none repeats or skips one', async () => {
    const first = await comment(reader, '0');
    for (let index = 1; index < 6; index += 1) await comment(reader, String(index), index % 2 ? first.id : undefined);

    const pages = await Promise.all([1, 2, 3, 4].map((page) => pageOf(`?page=${page}&limit=2`)));

    expect(pages.map(({ comments }) => comments.length)).toEqual([2, 2, 2, 0]);
    const contents = pages.flatMap(({ comments }) => comments.map(({ content }) => content));
    expect(contents).toEqual(['0', '1', '3', '5', '2', '4']);
    expect(pages[1]?.pagination).toEqual({ current: 2, pages: 3, total: 6, limit: 2 });
    expect((await app.program().get(`${path}?limit=101`)).status).toBe(400);
  });

  it('are deleted with the comment they answer', async () => {
    const first = await comment(reader);
    await comment(author, 'reply', first.id);
    await comment(other, 'stays');

    expect((await reader.delete(`/api/comments/${first.id}`)).status).toBe(204);

    expect((await pageOf()).comments.map(({ content }) => content)).toEqual(['stays']);
    expect(await countOf()).toBe(1);
  });
});

describe('changing a comment', () => {
  it('is for its author alone', async () => {
    const { id } = await comment(reader);
    const change = { content: 'better said' };

    expect((await app.program().patch(`/api/comments/${id}`, change)).status).toBe(401);
    for (const who of [other, author, admin]) {
      const refused = await who.patch(`/api/comments/${id}`, change, { 'Accept-Language': 'zh-CN' });
      expect(refused.status).toBe(403);
      expect(refused.json()).toMatchObject({ code: 'forbidden', error: '权限不足' });
    }
    const changed = await reader.patch(`/api/comments/${id}`, change);
    expect(changed.json()).toMatchObject({ comment: { id, content: 'better said', author: { id: reader.id } } });
    expect((await pageOf()).comments).toEqual([changed.json<{ comment: Comment }>().comment]);
  });

  it('changes nothing that is not given, and refuses what it must not change', async () => {
    const { id } = await comment(reader, 'as it was');

    expect((await reader.patch(`/api/comments/${id}`, {})).json()).toMatchObject({ comment: { content: 'as it was' } });
    for (const body of [{ content: '' }, { parentId: null }, { postId: 1 }]) {
      expect((await reader.patch(`/api/comments/${id}`, body)).status).toBe(400);
    }
    expect((await reader.patch('/api/comments/999999', { content: 'x' })).status).toBe(404);
  });
});

describe('deleting a comment', () => {
  it('is for its author, the post’s author and administrators', async () => {
    const [one, two, three] = [await comment(reader), await comment(reader), await comment(reader)];

    expect((await app.program().delete(`/api/comments/${one.id}`)).status).toBe(401);
    expect((await other.delete(`/api/comments/${one.id}`)).status).toBe(403);
    expect((await reader.delete(`/api/comments/${one.id}`)).status).toBe(204);
    expect((await author.delete(`/api/comments/${two.id}`)).status).toBe(204);
    expect((await admin.delete(`/api/comments/${three.id}`)).status).toBe(204);
    expect((await reader.delete(`/api/comments/${one.id}`)).status).toBe(404);
    expect(await countOf()).toBe(0);
  });
});

describe('comments on a post that the caller may not read', () => {
  it('are a 404 for reading, writing, changing and deleting', async () => {
    const { id } = await comment(reader);
    await author.patch(`/api/posts/${post.id}`, { status: 'draft' });

    for (const who of [app.program(), reader]) expect((await who.get(path)).status).toBe(404);
    expect((await reader.post(path, { content: 'x' })).status).toBe(404);
    expect((await reader.patch(`/api/comments/${id}`, { content: 'x' })).status).toBe(404);
    expect((await reader.delete(`/api/comments/${id}`)).status).toBe(404);
    for (const who of [author, admin]) expect((await pageOf('', who)).comments).toHaveLength(1);
    expect((await author.post(path, { content: 'a note to myself' })).status).toBe(201);
  });
});
