import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayOf } from '../../models/posts/views.js';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
});
afterAll(() => app.stop());

type Day = Record<'posts' | 'comments' | 'likes' | 'views' | 'signIns' | 'requests' | 'errors', number> & {
  date: string;
  p50Ms: number | null;
  p99Ms: number | null;
};
const days = async (query = '') => (await admin.get(`/api/admin/stats${query}`)).json<{ days: Day[] }>().days;
const add = (day: string, counts: Record<string, number>) =>
  app.database.models.write(
    (transaction) =>
      app.database.models.dailyCounts.add(
        transaction,
        Object.entries(counts).map(([name, amount]) => ({ day, name, amount })),
      ),
    ['daily-counts'],
  );

describe('GET /api/admin/stats', () => {
  it('has one entry for each of the last days, today last, also where nothing happened', async () => {
    const today = dayOf(Date.now());
    const [month, week] = [await days(), await days('?days=7')];

    expect([month.length, week.length]).toEqual([30, 7]);
    expect([today, dayOf(Date.now())]).toContain(week.at(-1)?.date);
    expect(month.slice(-7).map(({ date }) => date)).toEqual(week.map(({ date }) => date));
    expect(month[0]).toMatchObject({ posts: 0, signIns: 0, requests: 0, errors: 0, p50Ms: null, p99Ms: null });
  });

  it('counts what was published, said, liked and read, at once', async () => {
    const [author, fan] = [await app.member('author'), await app.member('fan')];
    const { id } = await writePost(author);
    await fan.post(`/api/posts/${id}/comments`, { content: 'Hm' });
    await fan.post(`/api/posts/${id}/like`);
    await fan.get(`/api/posts/${id}`);
    await app.services.postViews.flush();

    const [yesterday, today] = (await days()).slice(-2); // around midnight they share them
    for (const field of ['posts', 'comments', 'likes', 'views'] as const) {
      expect((yesterday?.[field] ?? 0) + (today?.[field] ?? 0), field).toBe(1);
    }
  });

  it('sums what all processes have counted, and merges their durations', async () => {
    const [{ date } = { date: '' }] = await days('?days=9');
    await add(date, { requests: 60, errors: 1, 'sign-ins': 2, 'latency 5': 50, 'latency 10': 10 });
    await add(date, { requests: 40, errors: 2, 'sign-ins': 3, 'latency 10': 39, 'latency Infinity': 1 });

    expect((await days('?days=9'))[0]).toMatchObject({ requests: 100, errors: 3, signIns: 5, p50Ms: 5, p99Ms: 10 });
  });

  it('is revalidated by its ETag', async () => {
    const first = await admin.get('/api/admin/stats?days=3');
    const condition = { 'If-None-Match': first.headers.get('ETag') ?? '', 'Cache-Control': 'max-age=0' };

    expect((await admin.get('/api/admin/stats?days=3', condition)).status).toBe(304);
  });

  it.each(['0', '366', '1e2', '-1', 'x', ''])('refuses days=%s', async (value) => {
    expect((await admin.get(`/api/admin/stats?days=${value}`)).status).toBe(400);
  });
});

it('counts requests, errors, durations and sign-ins, and writes them before the process ends', async () => {
  const first = await startTestApp({ DATA_DIR: app.dataDir });
  const before = (await days('?days=2')).reduce((sum, { requests }) => sum + requests, 0);
  const ada = await first.member('counted');
  await first.program().post('/api/auth/login', { username: 'counted', password: PASSWORD });
  await first.program().post('/api/auth/login', { username: 'counted', password: 'wrong' });
  for (let time = 0; time < 7; time += 1) await ada.get('/api/auth/me');
  await first.stop();

  const after = await days('?days=2');
  const today = after.findLast(({ requests }) => requests > 0);
  expect(after.reduce((sum, { requests }) => sum + requests, 0) - before).toBe(10);
  expect(today).toMatchObject({ signIns: 1, errors: 0 });
  expect(today?.p50Ms).toBeGreaterThan(0);
  expect(today?.p99Ms).toBeGreaterThanOrEqual(today?.p50Ms ?? Infinity);
});
