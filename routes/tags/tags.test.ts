import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let ada: Client;
beforeAll(async () => {
  app = await startTestApp();
  ada = await app.member('ada');
});
afterAll(() => app.stop());

const list = async (query = '') =>
  (await app.program().get(`/api/tags${query}`))
    .json<{ tags: { name: string; postCount: number }[] }>()
    .tags.map(({ name, postCount }) => `${name} ${postCount}`);

describe('GET /api/tags', () => {
  it('lists the tags of published posts, most used first, then by name', async () => {
    expect(await list()).toEqual([]);
    await writePost(ada, { tags: ['node', 'Koa'] });
    const second = await writePost(ada, { tags: ['#koa', '洋葱'] });
    await writePost(ada, { tags: ['hidden', 'koa'], status: 'draft' });
    expect(await list()).toEqual(['koa 2', 'node 1', '洋葱 1']);
    expect(await list('?limit=1')).toEqual(['koa 2']);

    await ada.patch(`/api/posts/${second.id}`, { tags: ['node'] });
    expect(await list()).toEqual(['node 2', 'koa 1']);
    await ada.patch(`/api/posts/${second.id}`, { status: 'archived' });
    expect(await list()).toEqual(['koa 1', 'node 1']);
    await ada.patch(`/api/posts/${second.id}`, { status: 'published', tags: ['koa'] });
    expect(await list()).toEqual(['koa 2', 'node 1']);
    await ada.delete(`/api/posts/${second.id}`);
    expect(await list()).toEqual(['koa 1', 'node 1']);
  });

  it('returns fifty by default, a hundred at most', async () => {
    for (let post = 0; post < 6; post += 1) {
      await writePost(ada, { tags: Array.from({ length: 10 }, (_, tag) => `tag ${post}${tag}`) });
    }

    expect(await list()).toHaveLength(50);
    expect(await list('?limit=100')).toHaveLength(62);
    for (const limit of ['0', '101', 'x', '-1', '']) {
      expect((await app.program().get(`/api/tags?limit=${limit}`)).status, limit).toBe(400);
    }
  });
});
