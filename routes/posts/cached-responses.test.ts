import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

/** Posts are cached, and so are the responses made of them: each caller still gets what is true for them. */
let app: TestApp;
let author: Client;
let fan: Client;
let anonymous: Client;
beforeAll(async () => {
  app = await startTestApp();
  author = await app.member('author');
  fan = await app.member('fan');
  anonymous = app.program();
});
afterAll(() => app.stop());

interface Shown {
  id: number;
  title: string;
  likedByMe: boolean;
  likeCount: number;
}

async function listed(reader: Client, query: string): Promise<{ posts: Shown[]; etag: string | null }> {
  const answer = await reader.get(`/api/posts?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return { ...answer.json<{ posts: Shown[] }>(), etag: answer.headers.get('ETag') };
}

describe('a cached list', () => {
  it('says to each reader which posts they like themselves, however often it is read', async () => {
    const { id } = await writePost(author, { tags: ['cached'] });
    const likedBy = async (reader: Client) =>
      (await listed(reader, 'tags=cached')).posts.map(({ likedByMe }) => likedByMe);

    for (const liked of [true, false, true]) {
      await fan[liked ? 'post' : 'delete'](`/api/posts/${id}/like`);
      for (let time = 0; time < 2; time += 1) {
        expect(await likedBy(fan)).toEqual([liked]);
        expect(await likedBy(author)).toEqual([false]);
        expect(await likedBy(anonymous)).toEqual([false]);
      }
    }
  });

  it('marks for each reader the posts that this reader likes, and no others', async () => {
    const posts = [];
    for (const title of ['One', 'Two', 'Three']) posts.push(await writePost(author, { title, tags: ['marked'] }));
    const [one, two, three] = posts.map(({ id }) => id);
    for (const id of [one, two]) await fan.post(`/api/posts/${id}/like`);
    for (const id of [two, three]) await author.post(`/api/posts/${id}/like`);
    const likedBy = async (reader: Client) =>
      (await listed(reader, 'tags=marked')).posts.filter(({ likedByMe }) => likedByMe).map(({ id }) => id);

    for (let time = 0; time < 2; time += 1) {
      expect(await likedBy(fan)).toEqual([two, one]);
      expect(await likedBy(author)).toEqual([three, two]);
      expect(await likedBy(anonymous)).toEqual([]);
    }
  });

  it('has an ETag of its own for each state and each reader who sees something else', async () => {
    const { id } = await writePost(author, { tags: ['tagged'] });
    const etagFor = async (reader: Client) => (await listed(reader, 'tags=tagged')).etag;

    const before = await etagFor(anonymous);
    expect(await etagFor(anonymous)).toBe(before);
    expect(await etagFor(fan)).toBe(before);
    await fan.post(`/api/posts/${id}/like`);
    const [after, own] = [await etagFor(anonymous), await etagFor(fan)];

    expect(new Set([before, after, own]).size).toBe(3);
    const again = await fan.get('/api/posts?tags=tagged', {
      'If-None-Match': String(own),
      'Cache-Control': 'max-age=0',
    });
    expect(again.status).toBe(304);
  });

  it('counts all of a list on each of its pages, and beyond the last one', async () => {
    for (const title of ['One', 'Two', 'Three']) await writePost(author, { title, tags: ['paged', title] });
    const totals = await Promise.all(
      [1, 2, 3, 4].map(async (page) => {
        const answer = await anonymous.get(`/api/posts?tags=paged&limit=1&page=${page}`);
        return answer.json<{ pagination: { total: number } }>().pagination.total;
      }),
    );

    expect(totals).toEqual([3, 3, 3, 3]);
  });
});

describe('a search', () => {
  it('shows hits in the title first, then those among the tags, then the newest, and counts them all', async () => {
    const words = { content: 'about zeppelins' };
    await writePost(author, { title: 'Zeppelins', ...words });
    await writePost(author, { title: 'By tag', tags: ['zeppelins'], content: 'about something' });
    await writePost(author, { title: 'Old', ...words });
    await writePost(author, { title: 'New', ...words });

    const answer = await anonymous.get('/api/posts?search=zeppelins&limit=3');
    const { posts, pagination } = answer.json<{ posts: Shown[]; pagination: { total: number } }>();
    expect(posts.map(({ title }) => title)).toEqual(['Zeppelins', 'By tag', 'New']);
    expect(pagination.total).toBe(4);
    const beyond = await anonymous.get('/api/posts?search=zeppelins&limit=3&page=9');
    expect(beyond.json()).toMatchObject({ posts: [], pagination: { total: 4 } });
  });

  it('for a word that very many posts hold shows and counts the hundred newest, on pages that do not overlap', async () => {
    await writePost(author, { title: 'Oldest', content: 'about dirigibles', category: 'life' });
    const ids: number[] = [];
    for (let number = 1; number <= 102; number += 1) {
      ids.push((await writePost(author, { title: `Airship ${number}`, content: 'about dirigibles' })).id);
    }

    const found: number[] = [];
    for (const page of [1, 2, 3]) {
      const answer = await anonymous.get(`/api/posts?search=dirigibles&limit=50&page=${page}`);
      const { posts, pagination } = answer.json<{ posts: Shown[]; pagination: { total: number } }>();
      expect(pagination.total).toBe(100);
      found.push(...posts.map(({ id }) => id));
    }
    expect(found).toEqual(ids.slice(2).toReversed());

    const filtered = await anonymous.get('/api/posts?search=dirigibles&category=life');
    expect(filtered.json()).toMatchObject({ posts: [{ title: 'Oldest' }], pagination: { total: 1 } });
  });
});
