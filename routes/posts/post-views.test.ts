import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { readPost, writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { until } from '../../tests/support/until.js';

/** Two servers on one database, as two workers are. */
let here: TestApp;
let there: TestApp;
let author: Client & { id: number };
beforeAll(async () => {
  here = await startTestApp();
  there = await startTestApp({ DATA_DIR: here.dataDir });
  author = await here.member('author');
});
afterAll(async () => {
  await there.stop();
  await here.stop();
});

/** As the author reads it, which counts nothing, once everything noted so far is written. */
async function viewsOf(id: number): Promise<number> {
  await here.services.postViews.flush();
  await there.services.postViews.flush();
  return (await readPost(author, id)).viewCount;
}
const visitor = (agent: string, app = here) => app.program({ 'User-Agent': agent });

describe('views of a post', () => {
  it('are counted once for each visitor, by id or by address, and are in the API soon', async () => {
    const { id, slug } = await writePost(author, { title: 'Seen' });
    const ada = await here.member('ada');

    for (let time = 0; time < 3; time += 1) {
      await ada.get(`/api/posts/${id}`);
      await visitor('Firefox').get(`/api/posts/${id}`);
      await visitor('Firefox').get(`/api/posts/slug/${slug}`);
      await visitor('Chrome').get(`/api/posts/slug/${slug}`);
    }

    await until('the views are written', async () => (await readPost(author, id)).viewCount === 3);
    const list = (await here.program().get('/api/posts')).json<{ posts: { id: number; viewCount: number }[] }>();
    expect(list.posts.find((post) => post.id === id)).toMatchObject({ viewCount: 3 });
  });

  it('are counted once for each visitor by several workers together', async () => {
    const { id } = await writePost(author);
    const agents = Array.from({ length: 20 }, (_, index) => `Browser ${index}`);

    const reads = agents.flatMap((agent, index) => [
      visitor(agent, index % 2 ? here : there).get(`/api/posts/${id}`),
      ...(index < 5 ? [visitor(agent, index % 2 ? there : here).get(`/api/posts/${id}`)] : []),
    ]);
    await Promise.all(reads);

    expect(await viewsOf(id)).toBe(20);
    expect(await viewsOf(id)).toBe(20);
  });

  it('do not count the author, nor readers of unpublished posts, nor lists, nor HEAD', async () => {
    const { id } = await writePost(author);
    await author.get(`/api/posts/${id}`);
    await here.program().get('/api/posts');
    await here.program().request('HEAD', `/api/posts/${id}`);
    expect(await viewsOf(id)).toBe(0);

    const draft = await writePost(author, { status: 'draft' });
    await (await here.admin()).get(`/api/posts/${draft.id}`);
    expect((await here.program().get(`/api/posts/${draft.id}`)).status).toBe(404);
    expect(await viewsOf(draft.id)).toBe(0);
  });

  it('leave the version and the time of the last edit alone', async () => {
    const before = await writePost(author);
    await here.program().get(`/api/posts/${before.id}`);
    await viewsOf(before.id);

    expect(await readPost(author, before.id)).toEqual({ ...before, viewCount: 1 });
  });

  it('of a post that is deleted before they are written are forgotten, and the others are not', async () => {
    const [gone, stays] = [await writePost(author), await writePost(author)];
    for (const { id } of [gone, stays]) await here.program().get(`/api/posts/${id}`);
    await author.delete(`/api/posts/${gone.id}`);

    expect(await viewsOf(stays.id)).toBe(1);
  });

  it('are not lost when the server stops', async () => {
    const { id } = await writePost(author);
    const third = await startTestApp({ DATA_DIR: here.dataDir });
    await Promise.all(['a', 'b', 'c'].map((agent) => visitor(agent, third).get(`/api/posts/${id}`)));

    expect(await third.stop()).toBe(true);

    expect((await readPost(author, id)).viewCount).toBe(3);
  });

  it('stay in memory while the database cannot write, and are written when it can again', async () => {
    const { id } = await writePost(author);
    const { sequelize } = here.database;
    await sequelize.query('ALTER TABLE daily_views RENAME TO elsewhere');
    await here.program().get(`/api/posts/${id}`);
    await expect(here.services.postViews.flush()).rejects.toThrow(/daily_views/);
    expect((await readPost(author, id)).viewCount).toBe(0);

    await sequelize.query('ALTER TABLE elsewhere RENAME TO daily_views');

    expect(await viewsOf(id)).toBe(1);
  });

  it('do not say who has read what, and visits are stored for two hours at most', async () => {
    const { read, write } = here.database.engine;
    await write((transaction) =>
      transaction.execute("INSERT INTO post_visits (hour, post_id, visitor) VALUES (1, 1, 'old')"),
    );
    const { id } = await writePost(author);
    await visitor('Mosaic').get(`/api/posts/${id}`);
    await viewsOf(id);

    const visits = await read<{ hour: number; visitor: string }>('SELECT hour, visitor FROM post_visits');
    expect(visits.length).toBeGreaterThan(0);
    for (const { hour, visitor: who } of visits) {
      expect(hour).toBeGreaterThan(1);
      expect(who).toMatch(/^[\w-]{22}$/);
    }
  });
});
