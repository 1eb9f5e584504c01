import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { until } from '../../tests/support/until.js';

const HOUR_MS = 3_600_000;
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const draft = { title: 'Later', content: 'text', category: 'tech' };

let app: TestApp;
let ada: Client & { id: number };
let eve: Client & { id: number };
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  ada = await app.member('ada');
  eve = await app.member('eve');
});
afterAll(() => app.stop());

interface Shown {
  id: number;
  version: number;
  status: string;
  publishAt: string | null;
  publishedAt: string | null;
}
const postIn = (answer: { json: <T>() => T }) => answer.json<{ post: Shown }>().post;

describe('the time of a scheduled post', () => {
  it.each([
    ['is required', { status: 'scheduled' }, 'This field is required'],
    ['is required, and null is none', { status: 'scheduled', publishAt: null }, 'This field is required'],
    ['is in the future', { status: 'scheduled', publishAt: inMs(-1) }, 'Must be in the future'],
    ['is a time', { status: 'scheduled', publishAt: 'tomorrow' }, 'Not a valid time; for example 2026-11-20T10:25:00Z'],
    [
      'exists',
      { status: 'scheduled', publishAt: '2099-02-30T00:00:00Z' },
      'Not a valid time; for example 2026-11-20T10:25:00Z',
    ],
    ['is for no draft', { publishAt: inMs(HOUR_MS) }, 'Only scheduled posts have a publication time'],
    [
      'is for no published post',
      { status: 'published', publishAt: inMs(HOUR_MS) },
      'Only scheduled posts have a publication time',
    ],
  ])('%s', async (_rule, fields, message) => {
    const { id } = await writePost(ada, { status: 'draft' });
    const answers = [
      await ada.post('/api/posts', { ...draft, ...fields }),
      await ada.put(`/api/posts/${id}`, { ...draft, ...fields }),
      await ada.patch(`/api/posts/${id}`, fields),
    ];

    for (const answer of answers) {
      expect(answer.status, answer.text).toBe(400);
      expect(answer.json()).toMatchObject({
        code: 'validation_failed',
        details: [{ path: 'publishAt', message }],
      });
    }
    const chinese = await ada.patch(`/api/posts/${id}`, fields, { 'Accept-Language': 'zh-CN' });
    expect(chinese.json<{ details: { message: string }[] }>().details[0]?.message).toMatch(/\p{Script=Han}/u);
  });

  it('may have an offset, and is shown in UTC', async () => {
    const answer = await ada.post('/api/posts', {
      ...draft,
      status: 'scheduled',
      publishAt: '2099-06-01T08:00:00+08:00',
    });

    expect(answer.status, answer.text).toBe(201);
    expect(postIn(answer)).toMatchObject({ publishAt: '2099-06-01T00:00:00.000Z', publishedAt: null });
  });

  it('stays when other fields change, can be moved, and goes with the state', async () => {
    const publishAt = '2099-06-01T00:00:00.000Z';
    const { id } = postIn(await ada.post('/api/posts', { ...draft, status: 'scheduled', publishAt }));
    const path = `/api/posts/${id}`;

    expect(postIn(await ada.patch(path, { title: 'Another' }))).toMatchObject({ status: 'scheduled', publishAt });
    expect(postIn(await ada.put(path, draft))).toMatchObject({ status: 'scheduled', publishAt });
    const moved = '2099-07-01T00:00:00.000Z';
    expect(postIn(await ada.patch(path, { publishAt: moved }))).toMatchObject({ publishAt: moved });
    expect(postIn(await ada.patch(path, { status: 'draft' }))).toMatchObject({ status: 'draft', publishAt: null });
  });
});

describe('a scheduled post', () => {
  it('is for its author and editors alone, and listed and counted under its state', async () => {
    const publishAt = inMs(HOUR_MS);
    const { id } = postIn(await ada.post('/api/posts', { ...draft, status: 'scheduled', publishAt }));

    const statuses = async (client: Client) => (await client.get(`/api/posts/${id}`)).status;
    expect(await Promise.all([ada, admin, eve, app.program()].map(statuses))).toEqual([200, 200, 404, 404]);
    const listed = (await ada.get('/api/posts?status=scheduled&limit=100')).json<{ posts: Shown[] }>();
    expect(listed.posts.find((post) => post.id === id)).toMatchObject({ status: 'scheduled', publishAt });
    expect((await eve.get(`/api/posts?status=scheduled&author=${ada.id}`)).status).toBe(403);
    const { statusStats } = (await admin.get('/api/posts/stats/overview')).json<{
      statusStats: { status: string; count: number }[];
    }>();
    expect(statusStats.find(({ status }) => status === 'scheduled')?.count).toBe(listed.posts.length);
  });

  it('is published when its time has come, once, as of that time', async () => {
    const publishAt = inMs(1_000);
    const tags = ['only-scheduled'];
    const made = postIn(await ada.post('/api/posts', { ...draft, tags, status: 'scheduled', publishAt }));
    const reader = app.program();
    const list = () => reader.get('/api/posts?tags=only-scheduled');
    expect((await list()).json()).toMatchObject({ posts: [], pagination: { total: 0 } });

    const answer = await until(
      'the publication',
      async () => {
        const found = await reader.get(`/api/posts/${made.id}`);
        return found.status === 200 && found;
      },
      { withinMs: 10_000 },
    );

    expect(Date.now() - Date.parse(publishAt)).toBeLessThan(5_000);
    expect(postIn(answer)).toMatchObject({
      status: 'published',
      publishAt: null,
      publishedAt: publishAt,
      version: made.version + 1,
    });
    expect((await list()).json()).toMatchObject({ posts: [{ id: made.id }], pagination: { total: 1 } });
    const found = (await reader.get('/api/tags?limit=100')).json<{ tags: { name: string; postCount: number }[] }>();
    expect(found.tags).toContainEqual({ name: 'only-scheduled', postCount: 1 });
    const stale = await ada.patch(`/api/posts/${made.id}`, { title: 'Late', version: made.version });
    expect(stale.status).toBe(409);
  });

  it('is published by one of several that look at the same time', async () => {
    const posts = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const answer = await ada.post('/api/posts', { ...draft, status: 'scheduled', publishAt: inMs(HOUR_MS) });
        return postIn(answer).id;
      }),
    );
    // Its own job finds nothing that is due; these are due by another clock.
    const { models } = app.database;
    const later = new Date(Date.now() + 2 * HOUR_MS);
    const publish = () => models.write((transaction) => models.posts.publishDue(transaction, later, 100), ['posts']);

    const published = (await Promise.all([publish(), publish(), publish()])).flat();

    expect(published.filter((id) => posts.includes(id)).toSorted((a, b) => a - b)).toEqual(
      posts.toSorted((a, b) => a - b),
    );
    const versions = await Promise.all(posts.map(async (id) => postIn(await ada.get(`/api/posts/${id}`)).version));
    expect(new Set(versions)).toEqual(new Set([2]));
  });
});

it('a post goes from draft to scheduled, published and archived, and is then a 404 for others', async () => {
  const { id } = postIn(await ada.post('/api/posts', draft));
  const path = `/api/posts/${id}`;
  const seen = async () => (await eve.get(path)).status;

  const states = [];
  for (const change of [
    {},
    { status: 'scheduled', publishAt: inMs(HOUR_MS) },
    { status: 'published' },
    { status: 'archived' },
    { status: 'draft' },
  ]) {
    states.push([postIn(await ada.patch(path, change)).status, await seen()]);
  }

  expect(states).toEqual([
    ['draft', 404],
    ['scheduled', 404],
    ['published', 200],
    ['archived', 404],
    ['draft', 404],
  ]);
});
