import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let bob: Client & { id: number };
beforeAll(async () => {
  app = await startTestApp();
  bob = await app.member('bob');
});
afterAll(() => app.stop());

describe('posts', () => {
  it('are written, read, changed, liked, found and deleted', async () => {
    const ada = await app.member('ada');
    const made = await ada.post('/api/posts', {
      title: 'Onions, layer by layer',
      content: '# Hello\n\nWe peel **onions** 技术文章 <script>alert(1)</script> [x](javascript:alert(1))',
      category: '技术',
      tags: ['#Koa', 'koa', 'Node JS'],
      status: 'published',
    });
    expect(made.status, made.text).toBe(201);
    const { post } = made.json<{ post: Record<string, unknown> }>();
    expect(post).toMatchObject({
      slug: 'onions-layer-by-layer',
      category: 'tech',
      tags: ['koa', 'node js'],
      version: 1,
    });
    expect(post['html']).not.toContain('<script');
    expect(post['html']).not.toContain('href="javascript');
    const list = await app.program().get('/api/posts?tags=koa&category=tech');
    expect(list.json()).toMatchObject({ posts: [{ id: post['id'] }], pagination: { total: 1 } });
    for (const [search, total] of Object.entries({ onion: 1, 技术: 1, koa: 1, '文章 peel': 1, '"': 0, "%'*": 0 })) {
      const found = await app.program().get(`/api/posts?search=${encodeURIComponent(search)}`);
      expect(found.json(), found.text).toMatchObject({ pagination: { total } });
    }
    expect((await ada.post(`/api/posts/${String(post['id'])}/like`)).json()).toMatchObject({ likeCount: 1 });
    expect((await ada.post(`/api/posts/${String(post['id'])}/like`)).json()).toMatchObject({ likeCount: 1 });
    const stale = await ada.patch(`/api/posts/${String(post['id'])}`, { title: 'New', version: 7 });
    expect(stale.status).toBe(409);
    const failed = await ada.patch(`/api/posts/${String(post['id'])}`, { title: 'New' }, { 'If-Match': '"7"' });
    expect(failed.status).toBe(412);
    const saved = await ada.patch(`/api/posts/${String(post['id'])}`, { title: 'New' }, { 'If-Match': '"1"' });
    expect(saved.json(), saved.text).toMatchObject({ post: { title: 'New', version: 2, likedByMe: true } });
    const endless = await app.program().get('/api/posts?after=&limit=1');
    expect(endless.json()).toMatchObject({ posts: [{ id: post['id'] }], next: null });
    expect((await ada.delete(`/api/posts/${String(post['id'])}`)).status).toBe(200);
    expect((await app.program().get('/api/posts')).json()).toMatchObject({ pagination: { total: 0 } });
  });
});

describe('a cover', () => {
  it.each(['//evil.example/x.png', '/\\evil.example/x.png', '/a b.png', 'javascript:alert(1)', 'data:image/png,x'])(
    'may not be at %s, as with an avatar',
    async (address) => {
      const post = { title: 'A post', content: 'text', category: 'tech', coverImage: address };
      const answers = [
        await bob.post('/api/posts', post),
        await bob.patch(`/api/users/${bob.id}`, { avatar: address }),
      ];

      expect(answers.map(({ status }) => status)).toEqual([400, 400]);
      const details = answers.map((answer) => answer.json<{ details: { path: string; message: string }[] }>().details);
      expect(details).toEqual([
        [{ path: 'coverImage', message: 'Not a valid web address' }],
        [{ path: 'avatar', message: 'Not a valid web address' }],
      ]);
    },
  );

  it('may be one of our own or on the web', async () => {
    const carol = await app.member('carol');
    for (const coverImage of ['/uploads/0.png', 'https://example.com/x.png', null]) {
      await expect(writePost(carol, { coverImage })).resolves.toMatchObject({ coverImage });
    }
  });
});

it('a long post is written without a warning of Node', async () => {
  const warnings: string[] = [];
  const listen = ({ message }: Error) => void warnings.push(message);
  process.on('warning', listen);
  await writePost(bob, { content: 'word '.repeat(3_000) });
  process.off('warning', listen);

  expect(warnings).toEqual([]);
});
