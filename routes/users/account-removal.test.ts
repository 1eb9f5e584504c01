import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { formOf, plain } from '../../tests/support/images.js';
import { readPost, writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { DAMAGE, onDelete } from '../../tests/support/test-database.js';

let app: TestApp;
let admin: Client;
let reader: Client & { id: number };
let count = 0;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  reader = await app.member('reader');
});
afterAll(() => app.stop());

const writer = () => app.member(`writer${(count += 1)}`);
const remove = (id: number, query = '') => admin.delete(`/api/users/${id}${query}`);
const authorOf = async (path: string) =>
  (await reader.get(path)).json<{ post: { author: object | null } }>().post.author;
const commentsOn = async (postId: number) =>
  (await reader.get(`/api/posts/${postId}/comments`)).json<{
    comments: { id: number; content: string; author: { id: number } | null }[];
  }>().comments;
const comment = async (who: Client, postId: number, body: object) =>
  (await who.post(`/api/posts/${postId}/comments`, body)).json<{ comment: { id: number } }>().comment.id;

const query = (sql: string) => app.database.engine.read<object>(sql);
const execute = (...statements: string[]) =>
  app.database.models.write(async (transaction) => {
    for (const sql of statements) await transaction.execute(sql);
  });
const numbers = (howMany: number) =>
  `(VALUES ${Array.from({ length: howMany }, (_, index) => `(${index})`).join()}) AS numbers`;
const LATER = "'2096-11-21 10:00:00.000 +00:00'";
const insertPosts = (author: number, title: string, howMany: number) => `INSERT INTO posts
  (slug, title, content, html, excerpt, author_id, category_id, status, published_at, created_at, updated_at)
  SELECT '${title}' || column1, '${title}', 'Text', 'Text', 'Text', ${author}, (SELECT min(id) FROM categories),
    'published', ${LATER}, ${LATER}, ${LATER} FROM ${numbers(howMany)}`;

interface Picture {
  url: string;
  filename: string;
  variants: { url: string }[];
}
async function upload(owner: Client): Promise<Picture> {
  const picture = await plain(900, 20).png().toBuffer();
  const answer = await owner.post('/api/upload/single', formOf('image', picture));
  return answer.json<{ file: Picture }>().file;
}
const filesOf = ({ filename }: Picture) =>
  readdirSync(join(app.dataDir, 'uploads')).filter((name) => name.startsWith(filename.slice(0, 32)));

describe('deleting an account', () => {
  it('keeps its posts and comments, without an author, in every answer', async () => {
    const ada = await writer();
    const title = `Layers of ${ada.id}`;
    const post = await writePost(ada, { title, tags: [`tag${ada.id}`] });
    const others = await writePost(reader);
    await comment(ada, others.id, { content: 'from ada' });
    await comment(reader, post.id, { content: 'to ada' });
    expect(await authorOf(`/api/posts/${post.id}`)).toMatchObject({ id: ada.id });

    expect((await remove(ada.id)).status).toBe(204);

    expect(await authorOf(`/api/posts/${post.id}`)).toBeNull();
    expect(await authorOf(`/api/posts/slug/${post.slug}`)).toBeNull();
    for (const query of ['', '?after=', `?tags=tag${ada.id}`, `?search=${encodeURIComponent(title)}`]) {
      const { posts } = (await app.browser().get(`/api/posts${query}`)).json<{ posts: { id: number }[] }>();
      expect(posts, query).toContainEqual(expect.objectContaining({ id: post.id, author: null }));
    }
    const home = (await app.browser().get('/api/bff/home')).json<{ posts: object[] }>();
    expect(home.posts).toContainEqual(expect.objectContaining({ id: post.id, author: null }));
    expect(await commentsOn(others.id)).toEqual([expect.objectContaining({ content: 'from ada', author: null })]);
    expect((await readPost(reader, post.id)).commentCount).toBe(1);
    expect((await reader.get(`/api/posts?author=${ada.id}`)).json()).toMatchObject({
      posts: [],
      pagination: { total: 0 },
    });
  });

  it('leaves what it wrote to editors and administrators alone', async () => {
    const [ada, editor] = [await writer(), await writer()];
    await admin.patch(`/api/users/${editor.id}`, { role: 'editor' });
    const post = await writePost(ada);
    const draft = await writePost(ada, { status: 'draft' });
    const own = await comment(ada, post.id, { content: 'mine' });
    const others = await comment(reader, post.id, { content: 'theirs' });
    await remove(ada.id);

    const change = { title: 'Taken over' };
    expect((await reader.get(`/api/posts/${draft.id}`)).status).toBe(404);
    expect((await reader.patch(`/api/posts/${post.id}`, change)).status).toBe(403);
    expect((await reader.delete(`/api/comments/${own}`)).status).toBe(403);
    expect((await admin.patch(`/api/comments/${own}`, { content: 'not mine' })).status).toBe(403);
    expect((await editor.patch(`/api/posts/${post.id}`, change)).json()).toMatchObject({ post: { author: null } });
    expect((await editor.delete(`/api/comments/${own}`)).status).toBe(204);
    expect((await admin.patch(`/api/posts/${draft.id}`, { status: 'published' })).status).toBe(200);
    expect((await admin.delete(`/api/posts/${draft.id}`)).status).toBe(200);
    expect((await reader.delete(`/api/comments/${others}`)).status).toBe(204);
  });

  it('counts the views, likes and comments of what it leaves', async () => {
    const ada = await writer();
    const post = await writePost(ada);
    await remove(ada.id);

    await app.browser().get(`/api/posts/${post.id}`);
    await app.services.postViews.flush();
    await reader.post(`/api/posts/${post.id}/like`);
    await comment(reader, post.id, { content: 'who was this?' });
    expect(await readPost(reader, post.id)).toMatchObject({ viewCount: 1, likeCount: 1, commentCount: 1 });
  });

  it('keeps the pictures that its posts show, and removes the others from the disk', async () => {
    const ada = await writer();
    const [cover, inText, avatar, unused] = [
      await upload(ada),
      await upload(ada),
      await upload(ada),
      await upload(ada),
    ];
    await ada.patch(`/api/users/${ada.id}`, { avatar: avatar.url });
    await writePost(ada, { coverImage: cover.variants[0]?.url, content: `![](${inText.url})` });
    expect((await admin.get(`/api/users/${ada.id}/content`)).json()).toEqual({
      content: { posts: 1, comments: 0, pictures: 4 },
    });
    await remove(ada.id);

    for (const { url, variants } of [cover, inText]) {
      for (const path of [url, ...variants.map((variant) => variant.url)]) {
        expect((await reader.get(path)).status).toBe(200);
      }
    }
    expect([...filesOf(avatar), ...filesOf(unused)]).toEqual([]);
    await app.services.mediaSweeper.sweep(-1);
    expect((await reader.get(cover.url)).status).toBe(200);
  });

  it('with content=delete deletes its posts, comments and pictures, and comments on them', async () => {
    const ada = await writer();
    const picture = await upload(ada);
    const posts = [];
    for (let index = 0; index < 45; index += 1) posts.push(await writePost(ada, { coverImage: picture.url }));
    const others = await writePost(reader);
    const own = await comment(ada, others.id, { content: 'mine' });
    await comment(reader, others.id, { content: 'reply', parentId: own });
    await comment(reader, posts[0]?.id ?? 0, { content: 'theirs' });
    await ada.post(`/api/posts/${others.id}/like`);
    await reader.get(`/api/posts?author=${ada.id}`);

    expect((await remove(ada.id, '?content=delete')).status).toBe(204);

    for (const { id } of posts) expect((await reader.get(`/api/posts/${id}`)).status).toBe(404);
    expect(await commentsOn(others.id)).toEqual([]);
    expect(await readPost(reader, others.id)).toMatchObject({ likeCount: 0, commentCount: 0 });
    expect((await reader.get(`/api/posts?author=${ada.id}`)).json()).toMatchObject({ pagination: { total: 0 } });
    expect(filesOf(picture)).toEqual([]);
  });

  it('ends its sessions and removes its likes and follows, with either choice of content', async () => {
    for (const query of ['?content=keep', '?content=delete']) {
      const ada = await writer();
      const post = await writePost(reader);
      await ada.post(`/api/posts/${post.id}/like`);
      await reader.post(`/api/users/${ada.id}/follow`);
      await ada.post(`/api/users/${reader.id}/follow`);

      expect((await remove(ada.id, query)).status).toBe(204);

      expect((await ada.get('/api/auth/me')).status).toBe(401);
      expect((await reader.get(`/api/users/${ada.id}`)).status).toBe(404);
      expect((await readPost(reader, post.id)).likeCount).toBe(0);
      expect((await admin.post(`/api/users/${reader.id}/follow`)).json()).toMatchObject({ followers: 1 });
      await admin.delete(`/api/users/${reader.id}/follow`);
    }
  });

  it('refuses another choice, and then changes nothing', async () => {
    const ada = await writer();
    const post = await writePost(ada);
    for (const query of ['?content=', '?content=KEEP', '?content=all', '?content=keep&content=delete']) {
      const answer = await remove(ada.id, query);
      expect(answer.status, query).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'validation_failed', details: [{ path: 'content' }] });
    }
    expect(await authorOf(`/api/posts/${post.id}`)).toMatchObject({ id: ada.id });
    expect((await ada.get('/api/auth/me')).status).toBe(200);
  });

  it('deletes what was written while it was being deleted too, however much', async () => {
    const ada = await writer();
    const title = `Written meanwhile by ${ada.id}`;
    const post = await writePost(reader);
    await writePost(ada, { title });
    const first = await comment(ada, post.id, { content: 'mine' });
    await execute(`INSERT INTO comments (post_id, author_id, content, created_at, updated_at)
      SELECT post_id, author_id, content, created_at, updated_at FROM comments
      CROSS JOIN ${numbers(300)} WHERE comments.id = ${first}`);
    // Its posts are gone when its comments go, in two transactions; the new posts are too many for one.
    await execute(...onDelete('meanwhile', 'comments', first, insertPosts(ada.id, title, 45)));

    expect((await remove(ada.id, '?content=delete')).status).toBe(204);

    expect((await reader.get(`/api/users/${ada.id}`)).status).toBe(404);
    expect(await query(`SELECT id FROM posts WHERE title = '${title}'`)).toEqual([]);
  });

  it('stops with a 409 when the account is activated again meanwhile, and can be repeated', async () => {
    const ada = await writer();
    const title = `Rest of ${ada.id}`;
    const { id } = await writePost(ada, { title });
    await execute(insertPosts(ada.id, title, 45));
    await execute(...onDelete('activated', 'posts', id, `UPDATE users SET is_active = true WHERE id = ${ada.id}`));

    const answer = await remove(ada.id, '?content=delete');

    expect(answer.status, answer.text).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'account_active' });
    const left = await query(`SELECT id FROM posts WHERE author_id = ${ada.id}`);
    expect(left.length).toBeGreaterThan(0);
    expect((await admin.get(`/api/users/${ada.id}`)).json()).toMatchObject({ user: { isActive: true } });

    expect((await remove(ada.id, '?content=delete')).status).toBe(204);
    expect(await query(`SELECT id FROM posts WHERE title = '${title}'`)).toEqual([]);
  });

  it('leaves every stored count exact', async () => {
    const ada = await writer();
    for (const status of ['published', 'draft', 'archived'])
      await writePost(ada, { status, tags: ['removal', status] });
    const post = await writePost(ada, { tags: ['removal'] });
    await remove(ada.id);
    await admin.patch(`/api/posts/${post.id}`, { status: 'archived', category: 'life' });
    await admin.patch(`/api/posts/${post.id}`, { status: 'published' });
    await writePost(reader, { tags: ['removal'] });

    expect(
      await query(`SELECT name FROM tags t WHERE post_count <> (SELECT count(*) FROM post_tags g
      JOIN posts p ON p.id = g.post_id WHERE g.tag_id = t.id AND p.status = 'published')`),
    ).toEqual([]);
    expect(
      await query(`SELECT slug FROM categories c WHERE post_count <> (SELECT count(*) FROM posts
      WHERE category_id = c.id AND status = 'published')`),
    ).toEqual([]);
    expect(
      await query(`SELECT scope, total FROM post_totals WHERE total <> CASE scope
      WHEN 'published' THEN (SELECT count(*) FROM posts WHERE status = 'published')
      ELSE (SELECT count(*) FROM posts WHERE status = 'published' AND scope = 'author:' || coalesce(author_id, 0)) END`),
    ).toEqual([]);
    for (const damage of DAMAGE) expect(await query(damage)).toEqual([]);
  });
});

describe('the content of an account', () => {
  it('is counted for its owner and administrators', async () => {
    const ada = await writer();
    const post = await writePost(ada);
    await comment(ada, post.id, { content: 'one' });
    const content = { posts: 1, comments: 1, pictures: 0 };

    for (const who of [ada, admin]) expect((await who.get(`/api/users/${ada.id}/content`)).json()).toEqual({ content });
    expect((await reader.get(`/api/users/${ada.id}/content`)).status).toBe(403);
    expect((await admin.get('/api/users/999999/content')).status).toBe(404);
  });
});
