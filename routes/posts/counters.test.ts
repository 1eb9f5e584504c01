import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { readPost, writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { tokenFor } from '../../tests/support/tokens.js';
import { SEARCHED_POST } from '../../tests/support/test-database.js';

/** Two servers on one database, as two workers are, and fifty people. */
let here: TestApp;
let there: TestApp;
let admin: Client;
let author: Client & { id: number };
let people: Client[];
beforeAll(async () => {
  here = await startTestApp();
  there = await startTestApp({ DATA_DIR: here.dataDir });
  admin = await here.admin();
  author = await here.member('author');
  people = await fiftyPeople();
});
afterAll(async () => {
  await there.stop();
  await here.stop();
});

/** Programs with tokens, half of them at each server: fifty passwords would take seconds to hash. */
async function fiftyPeople(): Promise<Client[]> {
  const { models } = here.database;
  const names = Array.from({ length: 50 }, (_, index) => `person${index}`);
  const users = await Promise.all(
    names.map((name) => {
      const row = { username: name, usernameKey: name, email: name, emailKey: name, passwordHash: 'none' };
      return models.write((transaction) => models.users.insert(transaction, row));
    }),
  );
  const clients = users.map(async ({ id }, index) => {
    const app = index % 2 ? here : there;
    return app.program({ Authorization: `Bearer ${await tokenFor(app, id)}` });
  });
  return Promise.all(clients);
}

const statusesOf = (answers: { status: number }[]) => [...new Set(answers.map(({ status }) => status))];
const likesOf = async (id: number) => (await readPost(author, id)).likeCount;

describe('likes', () => {
  it('of fifty people at two servers at the same instant are exactly fifty, and none when they are taken back', async () => {
    const { id } = await writePost(author);

    const given = await Promise.all(people.map((person) => person.post(`/api/posts/${id}/like`)));
    expect(statusesOf(given)).toEqual([200]);
    expect(new Set(given.map(({ text }) => text)).size).toBe(50); // each response has another count
    expect(await likesOf(id)).toBe(50);

    const taken = await Promise.all(people.map((person) => person.delete(`/api/posts/${id}/like`)));
    expect(statusesOf(taken)).toEqual([200]);
    expect(await likesOf(id)).toBe(0);
  });

  it('of one person, said fifty times at two servers at the same instant, are exactly one', async () => {
    const { id } = await writePost(author);
    const headers = { Authorization: `Bearer ${await tokenFor(here, author.id)}` };

    const answers = await Promise.all(
      people.map((_, index) => (index % 2 ? here : there).program(headers).post(`/api/posts/${id}/like`)),
    );

    expect(statusesOf(answers)).toEqual([200]);
    expect(new Set(answers.map((answer) => answer.json()['likeCount']))).toEqual(new Set([1]));
    expect(await likesOf(id)).toBe(1);
  });
});

describe('comments', () => {
  it('that come and go at two servers at the same instant are counted exactly', async () => {
    const { id } = await writePost(author);
    const path = `/api/posts/${id}/comments`;
    const countOf = async () => (await readPost(author, id)).commentCount;
    const made = await Promise.all(people.map((person) => person.post(path, { content: 'at once' })));
    expect(statusesOf(made)).toEqual([201]);
    expect(await countOf()).toBe(50);

    const ids = made.map((answer) => answer.json<{ comment: { id: number } }>().comment.id);
    const answers = await Promise.all([
      ...people.slice(0, 20).map((person, index) => person.delete(`/api/comments/${ids[index] ?? 0}`)),
      ...people.slice(20, 30).map((person) => person.post(path, { content: 'a reply', parentId: ids[40] })),
      ...people.slice(20, 30).map((person) => person.post(path, { content: 'another', parentId: ids[41] })),
      admin.delete(`/api/comments/${ids[0] ?? 0}`), // a second time, or the first
    ]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(1);
    expect(await countOf()).toBe(50);

    // With all replies to it, also those that arrive in the same instant.
    const reply = () => people[49]?.post(path, { content: 'late', parentId: ids[40] });
    await Promise.all([reply(), admin.delete(`/api/comments/${ids[40] ?? 0}`), reply(), reply()]);
    const { total } = (await author.get(path)).json<{ pagination: { total: number } }>().pagination;
    expect(total).toBe(50 - 11);
    expect(await countOf()).toBe(total);
  });
});

describe('deleting an account', () => {
  it('with content=delete takes its posts, comments, likes and follows along, and leaves every count exact', async () => {
    const gone = await here.member('gone');
    const fan = await here.member('fan');
    const stays = await writePost(author, { tags: ['shared'], category: 'thoughts' });
    const goes = await writePost(gone, { title: 'Vanishing', tags: ['shared', 'alone'], category: 'thoughts' });
    for (const who of [gone, fan]) for (const { id } of [stays, goes]) await who.post(`/api/posts/${id}/like`);
    const comment = async (who: Client, postId: number, parentId?: number) =>
      (await who.post(`/api/posts/${postId}/comments`, { content: 'hello', parentId })).json<{
        comment: { id: number };
      }>().comment.id;
    const top = await comment(gone, stays.id);
    await comment(fan, stays.id, top); // goes with what it answers
    await comment(gone, stays.id, await comment(fan, stays.id));
    await comment(fan, goes.id);
    await gone.post(`/api/users/${author.id}/follow`);
    await fan.post(`/api/users/${gone.id}/follow`);
    await fan.post(`/api/users/${author.id}/follow`);

    expect((await admin.delete(`/api/users/${gone.id}?content=delete`)).status).toBe(204);

    for (const app of [here, there]) {
      const anyone = app.program();
      const shown = (await anyone.get(`/api/posts/${stays.id}`)).json();
      expect(shown).toMatchObject({ post: { likeCount: 1, commentCount: 1 } });
      expect((await anyone.get(`/api/posts/${goes.id}`)).status).toBe(404);
      expect((await anyone.get('/api/posts?search=Vanishing')).json()).toMatchObject({ pagination: { total: 0 } });
      expect((await anyone.get('/api/posts?category=thoughts')).json()).toMatchObject({ pagination: { total: 1 } });
      expect((await anyone.get('/api/tags')).json()).toEqual({ tags: [{ name: 'shared', postCount: 1 }] });
    }
    expect((await fan.post(`/api/users/${author.id}/follow`)).json()).toMatchObject({ followers: 1 });
    const feed = (await fan.get('/api/posts/feed')).json<{ posts: { author: { id: number } }[] }>();
    expect(new Set(feed.posts.map((post) => post.author.id))).toEqual(new Set([author.id]));
    await expectExactCounts();
  });

  it('leaves exact counts also when all accounts are deleted', async () => {
    for (const person of people.slice(0, 10)) await writePost(person, { tags: ['many'] });
    const { id } = await writePost(author);
    await Promise.all(people.map((person) => person.post(`/api/posts/${id}/like`)));
    const users = await here.database.engine.read<{ id: number }>("SELECT id FROM users WHERE username LIKE 'person%'");

    await Promise.all(users.slice(0, 25).map((user) => admin.delete(`/api/users/${user.id}`)));

    expect(await likesOf(id)).toBe(25);
    await expectExactCounts();
  });
});

/** Compares every stored count with what it counts. */
async function expectExactCounts(): Promise<void> {
  const wrong = {
    likes: `SELECT id FROM posts p WHERE like_count <> (SELECT count(*) FROM likes WHERE post_id = p.id)`,
    comments: `SELECT id FROM posts p WHERE comment_count <> (SELECT count(*) FROM comments WHERE post_id = p.id)`,
    categories: `SELECT id FROM categories c WHERE post_count <>
      (SELECT count(*) FROM posts WHERE category_id = c.id AND status = 'published')`,
    tags: `SELECT id FROM tags t WHERE post_count <>
      (SELECT count(*) FROM post_tags JOIN posts ON id = post_id WHERE tag_id = t.id AND status = 'published')`,
    published: `SELECT total FROM post_totals WHERE scope = 'published'
      AND total <> (SELECT count(*) FROM posts WHERE status = 'published')`,
    authors: `SELECT scope FROM post_totals WHERE scope LIKE 'author:%' AND total <>
      (SELECT count(*) FROM posts WHERE scope = 'author:' || coalesce(author_id, 0) AND status = 'published')`,
    orphans: `SELECT post_id FROM post_tags WHERE post_id NOT IN (SELECT id FROM posts)
      UNION ALL SELECT post_id FROM likes WHERE post_id NOT IN (SELECT id FROM posts)
      UNION ALL SELECT follower_id FROM follows WHERE follower_id NOT IN (SELECT id FROM users)
      UNION ALL SELECT ${SEARCHED_POST} FROM post_search WHERE ${SEARCHED_POST} NOT IN (SELECT id FROM posts)`,
  };
  for (const [name, sql] of Object.entries(wrong)) expect(await here.database.engine.read(sql), name).toEqual([]);
}
