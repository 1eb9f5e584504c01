import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

interface Category {
  slug: string;
  name: string;
  names: { en: string; 'zh-CN': string };
  postCount: number;
}

let app: TestApp;
let admin: Client;
let ada: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  ada = await app.member('ada');
});
afterAll(() => app.stop());

const list = async (headers: Record<string, string> = {}) =>
  (await app.program().get('/api/categories', headers)).json<{ categories: Category[] }>().categories;
const find = async (slug: string) => (await list()).find((category) => category.slug === slug);

describe('GET /api/categories', () => {
  it('names them in both languages, and in the one that is asked for', async () => {
    const [inEnglish, inChinese] = [await list(), await list({ 'Accept-Language': 'zh-CN' })];

    expect(inEnglish.map(({ slug }) => slug)).toEqual(['tech', 'life', 'thoughts', 'tutorials']);
    expect(inEnglish[0]).toEqual({
      slug: 'tech',
      name: 'Technology',
      names: { en: 'Technology', 'zh-CN': '技术' },
      postCount: 0,
    });
    expect(inChinese.map(({ name }) => name)).toEqual(['技术', '生活', '思考', '教程']);
  });

  it('counts published posts, also when one moves, is hidden or is deleted', async () => {
    const counts = async () => (await list()).slice(0, 2).map(({ postCount }) => postCount);
    const post = await writePost(ada, { category: '技术' });
    await writePost(ada, { category: 'tech', status: 'draft' });
    expect(await counts()).toEqual([1, 0]);
    await ada.patch(`/api/posts/${post.id}`, { category: 'Life' });
    expect(await counts()).toEqual([0, 1]);
    await ada.patch(`/api/posts/${post.id}`, { status: 'archived', category: 'tech' });
    expect(await counts()).toEqual([0, 0]);
    await ada.patch(`/api/posts/${post.id}`, { status: 'published' });
    expect(await counts()).toEqual([1, 0]);
    await ada.delete(`/api/posts/${post.id}`);
    expect(await counts()).toEqual([0, 0]);
  });
});

describe('POST /api/categories', () => {
  const names = { en: 'Deep Space 9', 'zh-CN': '深空' };

  it('is for administrators', async () => {
    expect((await app.program().post('/api/categories', { names })).status).toBe(401);
    expect((await ada.post('/api/categories', { names })).status).toBe(403);
    expect(await find('deep-space-9')).toBeUndefined();
  });

  it('makes the slug from the English name; posts may be filed by any of the three at once', async () => {
    const made = await admin.post('/api/categories', { names }, { 'Accept-Language': 'zh-CN' });

    expect(made.status, made.text).toBe(201);
    expect(made.json()).toEqual({
      message: '分类创建成功',
      category: { slug: 'deep-space-9', name: '深空', names, postCount: 0 },
    });
    for (const category of ['deep-space-9', 'Deep Space 9', '深空']) await writePost(ada, { category });
    expect(await find('deep-space-9')).toMatchObject({ name: 'Deep Space 9', postCount: 3 });
  });

  it('takes a slug of one’s own, and makes a short one of a long name', async () => {
    const given = await admin.post('/api/categories', { slug: 'kitchen', names: { en: 'Cooking', 'zh-CN': '厨房' } });
    expect(given.json()).toMatchObject({ category: { slug: 'kitchen' } });

    const long = await admin.post('/api/categories', { names: { en: '\ufdfa'.repeat(50), 'zh-CN': '长' } });
    expect(long.status, long.text).toBe(201);
    const { category } = long.json<{ category: Category }>();
    expect(category.slug.length).toBeLessThanOrEqual(50);
    await writePost(ada, { category: category.slug });
  });

  it.each([
    ['its slug', { slug: 'tech', names: { en: 'Another', 'zh-CN': '另一' } }],
    ['its English name', { slug: 'another', names: { en: 'technology', 'zh-CN': '另一' } }],
    ['its Chinese name', { slug: 'another', names: { en: 'Another', 'zh-CN': '技术' } }],
    ['a name of it that is a slug here', { slug: 'technology', names: { en: 'Another', 'zh-CN': '另一' } }],
    ['a slug of it that is a name here', { slug: 'another', names: { en: 'Tech', 'zh-CN': '另一' } }],
  ])('is a 409 when another category has %s', async (_name, body) => {
    const taken = await admin.post('/api/categories', body);
    expect(taken.status).toBe(409);
    expect(taken.json()).toMatchObject({
      code: 'category_taken',
      error: 'A category with this name already exists',
    });
    const inChinese = await admin.post('/api/categories', body, { 'Accept-Language': 'zh-CN' });
    expect(inChinese.json()).toMatchObject({ code: 'category_taken', error: '已有同名的分类' });
    expect(await find('another')).toBeUndefined();
  });

  it('gives a name to one of many who ask at the same instant', async () => {
    const body = { names: { en: 'Contested', 'zh-CN': '争' } };

    const answers = await Promise.all([1, 2, 3, 4].map(() => admin.post('/api/categories', body)));

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
  });

  it.each([
    ['no names', {}, 'names'],
    ['one name', { names: { en: 'One' } }, 'names.zh-CN'],
    ['an empty name', { names: { en: ' ', 'zh-CN': '一' } }, 'names.en'],
    ['an English name of signs alone', { names: { en: '!?', 'zh-CN': '一' } }, 'names.en'],
    ['a long name', { names: { en: 'One', 'zh-CN': '一'.repeat(51) } }, 'names.zh-CN'],
    ['a slug with spaces', { slug: 'a b', names: { en: 'One', 'zh-CN': '一' } }, 'slug'],
    ['a slug in capitals', { slug: 'One', names: { en: 'One', 'zh-CN': '一' } }, 'slug'],
    ['a slug with a hyphen at its end', { slug: 'one-', names: { en: 'One', 'zh-CN': '一' } }, 'slug'],
    ['a third language', { names: { en: 'One', 'zh-CN': '一', fr: 'Un' } }, 'names.fr'],
    ['a count', { names: { en: 'One', 'zh-CN': '一' }, postCount: 7 }, 'postCount'],
  ])('refuses %s', async (_name, body, path) => {
    const refused = await admin.post('/api/categories', body);

    expect(refused.status).toBe(400);
    expect(refused.json()).toMatchObject({ code: 'validation_failed', details: [{ path }] });
  });
});
