import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { readPost, writePost, type PostAnswer } from '../../tests/support/posts.js';
import { startRedisServer } from '../../tests/support/redis-server.js';
import { describeWith } from '../../tests/support/requires.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { until } from '../../tests/support/until.js';

/** What a list may be behind: views are written every second. */
const FRESH_WITHIN_MS = 3_000;

/** Two servers on one database, as two workers are. */
function suite(settings: () => Record<string, string>): void {
  let here: TestApp;
  let there: TestApp;
  let author: Client & { id: number };
  let fan: Client;
  /** In the order in which they were written. */
  let written: PostAnswer[];
  beforeAll(async () => {
    here = await startTestApp(settings());
    there = await startTestApp({ ...settings(), DATA_DIR: here.dataDir });
    author = await here.member('author');
    fan = await here.member('fan');
  });
  afterAll(async () => {
    await there.stop();
    await here.stop();
  });

  let tag = '';
  beforeEach(async () => {
    tag = `tag${Math.random().toString(36).slice(2)}`;
    written = [];
    for (const title of ['First', 'Second', 'Third']) written.push(await writePost(author, { title, tags: [tag] }));
  });

  async function listAt(app: TestApp, query = '') {
    const answer = await app.program().get(`/api/posts?tags=${tag}${query}`);
    expect(answer.status, answer.text).toBe(200);
    return { posts: answer.json<{ posts: PostAnswer[] }>().posts, cache: answer.headers.get('X-Cache') };
  }
  const inList = async (app: TestApp, id: number) => (await listAt(app)).posts.find((post) => post.id === id);
  const orderAt = async (app: TestApp, sort: string) => (await listAt(app, `&sort=${sort}`)).posts.map(({ id }) => id);

  /** Both servers have the list in their caches. */
  async function cachedByBoth(): Promise<void> {
    for (const app of [here, there]) {
      await listAt(app);
      expect((await listAt(app)).cache).toBe('hit');
    }
  }

  it('keep a list cached while people read posts, and show the new view counts in it', async () => {
    const [first] = written as [PostAnswer];
    await cachedByBoth();

    for (let reader = 1; reader <= 3; reader += 1) {
      await there.program({ 'User-Agent': `Reader ${reader}` }).get(`/api/posts/${first.id}`);
      await there.services.postViews.flush();

      for (const app of [here, there]) {
        const { posts, cache } = await listAt(app);
        expect(cache).toBe('hit');
        expect(posts.find(({ id }) => id === first.id)).toMatchObject({ viewCount: reader });
        expect((await readPost(author, first.id)).viewCount).toBe(reader);
      }
    }
  });

  it(`show a view in lists within ${FRESH_WITHIN_MS / 1_000} seconds without an invalidation`, async () => {
    const [first, second, third] = written as [PostAnswer, PostAnswer, PostAnswer];
    await cachedByBoth();
    for (const app of [here, there]) await orderAt(app, '-viewCount');

    await here.program({ 'User-Agent': 'One' }).get(`/api/posts/${second.id}`);
    await there.program({ 'User-Agent': 'Two' }).get(`/api/posts/${second.id}`);
    await there.program({ 'User-Agent': 'One' }).get(`/api/posts/${first.id}`);

    for (const app of [here, there]) {
      const shown = async () => (await inList(app, second.id))?.viewCount === 2;
      await expect(until('the views in the list', shown, { withinMs: FRESH_WITHIN_MS })).resolves.toBe(true);
      const order = [second.id, first.id, third.id];
      const ordered = async () => String(await orderAt(app, '-viewCount')) === String(order);
      await expect(until('the order by views', ordered, { withinMs: FRESH_WITHIN_MS })).resolves.toBe(true);
    }
  });

  it('show a like and a comment at once everywhere, and keep the list cached', async () => {
    const [first] = written as [PostAnswer];
    await cachedByBoth();
    for (const app of [here, there]) await orderAt(app, '-likeCount');

    for (const liked of [true, false, true]) {
      await fan[liked ? 'post' : 'delete'](`/api/posts/${first.id}/like`);
      for (const app of [there, here]) {
        expect(await inList(app, first.id)).toMatchObject({ likeCount: liked ? 1 : 0 });
        expect((await orderAt(app, '-likeCount'))[0]).toBe(liked ? first.id : written[2]?.id);
        expect((await listAt(app)).cache).toBe('hit');
      }
    }

    await fan.post(`/api/posts/${first.id}/comments`, { content: 'hello' });
    for (const app of [there, here]) {
      const { posts, cache } = await listAt(app);
      expect(cache).toBe('hit');
      expect(posts.find(({ id }) => id === first.id)).toMatchObject({ likeCount: 1, commentCount: 1 });
    }
  });

  it('drop a list when one of its posts is changed or deleted', async () => {
    const [first, second] = written as [PostAnswer, PostAnswer];
    await cachedByBoth();

    await author.patch(`/api/posts/${first.id}`, { title: 'Changed' });
    for (const app of [there, here]) expect(await inList(app, first.id)).toMatchObject({ title: 'Changed' });

    await author.delete(`/api/posts/${second.id}`);
    for (const app of [there, here]) expect((await listAt(app)).posts).toHaveLength(2);
  });
}

describe('two servers with one database', () => {
  suite(() => ({}));
});

describeWith('redis-server', 'two servers with one database and one Redis', () => {
  let url: string;
  beforeAll(async () => {
    const redis = await startRedisServer();
    url = redis.url;
    return () => redis.stop();
  });

  suite(() => ({ REDIS_URL: url }));
});
