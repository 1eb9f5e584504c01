import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let ada: Client & { id: number };
let bob: Client & { id: number };
let eve: Client & { id: number };
beforeAll(async () => {
  app = await startTestApp();
  [ada, bob, eve] = await Promise.all([app.member('ada'), app.member('bob'), app.member('eve')]);
});
afterAll(() => app.stop());

interface Feed {
  posts: { title: string; author: { id: number }; likedByMe: boolean }[];
  pagination: { total: number };
}

describe('following an account', () => {
  it('counts once, however often it is said, and so does taking it back', async () => {
    const path = `/api/users/${bob.id}/follow`;

    for (let time = 0; time < 2; time += 1) {
      expect((await ada.post(path)).json()).toEqual({ following: true, followers: 1 });
    }
    expect((await eve.post(path)).json()).toEqual({ following: true, followers: 2 });
    for (let time = 0; time < 2; time += 1) {
      expect((await ada.delete(path)).json()).toEqual({ following: false, followers: 1 });
    }
    expect((await eve.delete(path)).json()).toEqual({ following: false, followers: 0 });
  });

  it('counts once also when it is said ten times at the same instant', async () => {
    const path = `/api/users/${bob.id}/follow`;

    const answers = await Promise.all(Array.from({ length: 10 }, () => ada.post(path)));

    expect(answers.map(({ text }) => text)).toEqual(Array(10).fill(JSON.stringify({ following: true, followers: 1 })));
    await ada.delete(path);
  });

  it('needs an account', async () => {
    expect((await app.program().post(`/api/users/${bob.id}/follow`)).status).toBe(401);
    expect((await app.program().delete(`/api/users/${bob.id}/follow`)).status).toBe(401);
  });

  it('is refused for oneself, in the person’s language', async () => {
    for (const method of ['POST', 'DELETE']) {
      const refused = await ada.request(method, `/api/users/${ada.id}/follow`);
      expect(refused.status).toBe(400);
      expect(refused.json()).toMatchObject({ code: 'self_follow', error: 'You cannot follow yourself' });
    }
    const inChinese = await ada.post(`/api/users/${ada.id}/follow`, undefined, { 'Accept-Language': 'zh-CN' });
    expect(inChinese.json()).toMatchObject({ code: 'self_follow', error: '不能关注自己' });
  });

  it('returns 404 for an unknown account and 400 for an invalid id', async () => {
    for (const method of ['POST', 'DELETE']) {
      expect((await ada.request(method, '/api/users/999999/follow')).status).toBe(404);
      expect((await ada.request(method, '/api/users/1e3/follow')).status).toBe(400);
    }
  });
});

describe('the feed', () => {
  it('needs an account', async () => {
    expect((await app.program().get('/api/posts/feed')).status).toBe(401);
  });

  it('shows published posts by those one follows, newest first, and nothing else', async () => {
    const feed = async (query = '') => (await ada.get(`/api/posts/feed${query}`)).json<Feed>();
    const [first] = [await writePost(bob, { title: 'first by bob' }), await writePost(eve, { title: 'by eve' })];
    await writePost(bob, { title: 'draft by bob', status: 'draft' });
    await writePost(bob, { title: 'second by bob' });
    await writePost(ada, { title: 'by ada' });
    expect(await feed()).toMatchObject({ posts: [], pagination: { total: 0 } });

    await ada.post(`/api/users/${bob.id}/follow`);
    await ada.post(`/api/posts/${first.id}/like`);

    const { posts, pagination } = await feed();
    expect(posts.map(({ title }) => title)).toEqual(['second by bob', 'first by bob']);
    expect(posts.map(({ likedByMe }) => likedByMe)).toEqual([false, true]);
    expect(pagination.total).toBe(2);
    expect((await feed('?limit=1&page=2')).posts.map(({ title }) => title)).toEqual(['first by bob']);
    expect((await feed('?sort=title')).posts[0]?.title).toBe('first by bob');
    expect((await ada.get('/api/posts/feed?sort=password')).status).toBe(400);

    await ada.delete(`/api/users/${bob.id}/follow`);
    expect((await feed()).posts).toEqual([]);
  });
});
