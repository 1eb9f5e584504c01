import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

const PATH = '/api/posts/stats/overview';
const DAY_MS = 86_400_000;

interface Overview {
  statusStats: { status: string; count: number; totalViews: number; totalLikes: number }[];
  categoryStats: { category: string; count: number }[];
  daily: { date: string; posts: number; views: number; likes: number }[];
}

let app: TestApp;
let admin: Client;
let ada: Client;
let bob: Client;
beforeAll(async () => {
  app = await startTestApp();
  [admin, ada, bob] = await Promise.all([app.admin(), app.member('ada'), app.member('bob')]);
});
afterAll(() => app.stop());

const overview = async () => (await admin.get(PATH)).json<Overview>();

describe('GET /api/posts/stats/overview', () => {
  it('is for administrators', async () => {
    expect((await app.program().get(PATH)).status).toBe(401);
    const refused = await ada.get(PATH, { 'Accept-Language': 'zh-CN' });
    expect(refused.status).toBe(403);
    expect(refused.json()).toMatchObject({ code: 'forbidden', error: '权限不足' });
  });

  it('has a figure for every state, category and day, also where nothing has happened', async () => {
    const { statusStats, categoryStats, daily } = await overview();

    expect(statusStats).toEqual(
      ['draft', 'scheduled', 'published', 'archived'].map((status) => ({
        status,
        count: 0,
        totalViews: 0,
        totalLikes: 0,
      })),
    );
    expect(categoryStats.map(({ count }) => count)).toEqual([0, 0, 0, 0]);
    expect(daily).toHaveLength(30);
    const last = Date.parse(daily.at(-1)?.date ?? '');
    expect(Date.now() - last).toBeLessThan(2 * DAY_MS);
    daily.forEach(({ date }, index) => expect(Date.parse(date)).toBe(last - (29 - index) * DAY_MS));
  });

  it('adds up posts, views and likes', async () => {
    const one = await writePost(ada, { category: 'life' });
    const two = await writePost(ada, { category: 'life' });
    await writePost(ada, { category: 'tech', status: 'draft' });
    const archived = await writePost(bob, { category: 'tech' });
    for (const who of [ada, bob]) await who.post(`/api/posts/${one.id}/like`);
    for (const who of [ada, bob]) await who.post(`/api/posts/${archived.id}/like`);
    await bob.delete(`/api/posts/${archived.id}/like`);
    for (const { id } of [one, two, archived]) await app.program().get(`/api/posts/${id}`);
    await app.services.postViews.flush();
    await bob.patch(`/api/posts/${archived.id}`, { status: 'archived' });

    const { statusStats, categoryStats, daily } = await overview();

    expect(statusStats).toEqual([
      { status: 'draft', count: 1, totalViews: 0, totalLikes: 0 },
      { status: 'scheduled', count: 0, totalViews: 0, totalLikes: 0 },
      { status: 'published', count: 2, totalViews: 2, totalLikes: 2 },
      { status: 'archived', count: 1, totalViews: 1, totalLikes: 1 },
    ]);
    expect(categoryStats[0]).toEqual({ category: 'life', count: 2 });
    // Around midnight the last two days share them.
    const sum = (field: 'posts' | 'views' | 'likes') => daily.slice(-2).reduce((total, day) => total + day[field], 0);
    expect([sum('posts'), sum('views'), sum('likes')]).toEqual([2, 3, 3]);
    expect(daily.slice(0, -2).every(({ posts, views, likes }) => posts + views + likes === 0)).toBe(true);
  });

  it('counts events on their day, and leaves out days before the last thirty', async () => {
    const { models } = app.database;
    const { daily } = await overview();
    const day = daily[10]?.date ?? '';
    await models.write(async (transaction) => {
      const run = (sql: string, ...parameters: string[]) => transaction.execute(sql, ...parameters);
      await run('UPDATE likes SET created_at = ?', `${day} 23:59:59.999 +00:00`);
      await run("UPDATE posts SET published_at = ? WHERE status = 'published'", `${day} 00:00:00.000 +00:00`);
      await run('INSERT INTO daily_views (day, views) VALUES (?, 7)', day);
      await run("INSERT INTO daily_views (day, views) VALUES ('2001-01-01', 9)");
    });

    const after = await overview();

    expect(after.daily[10]).toEqual({ date: day, posts: 2, views: 7, likes: 3 });
    expect(after.daily.reduce((total, { views }) => total + views, 0)).toBe(10);
  });
});
