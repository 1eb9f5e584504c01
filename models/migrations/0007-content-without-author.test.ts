import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../index.js';
import { migrate } from '../migrate.js';
import * as migration from './0007-content-without-author.js';

let dir: string;
/** As an earlier build has left it, with two authors' posts in it. */
let database: Database;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-0007-'));
  database = openDatabase(join(dir, 'test.sqlite'));
  await migrate(database);
  await apply(migration.down);
  for (const statement of CONTENT) await run(statement);
});
afterEach(async () => {
  await database.close();
  rmSync(dir, { recursive: true });
});

const query = (sql: string) => database.sequelize.query<object>(sql, { type: QueryTypes.SELECT });
const run = (sql: string) => database.models.write((transaction) => transaction.execute(sql));
const apply = (step: typeof migration.up) =>
  database.sequelize.transaction((transaction) =>
    step({ schema: database.sequelize.getQueryInterface(), transaction }),
  );

const NOW = `'2026-11-21 10:00:00.000 +00:00'`;
const CONTENT = [
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2)
   INSERT INTO users (id, username, username_key, email, email_key, password_hash, created_at, updated_at)
     SELECT i, i, i, i, i, 'none', ${NOW}, ${NOW} FROM n`,
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
   INSERT INTO posts (id, slug, title, content, html, excerpt, author_id, category_id, status, published_at, created_at,
     updated_at) SELECT i, 'post-' || i, 'Post ' || i, 'text', '', '', 1 + i % 2, 1 + i % 3,
       CASE i % 4 WHEN 0 THEN 'draft' ELSE 'published' END, ${NOW}, ${NOW}, ${NOW} FROM n`,
  `INSERT INTO post_search (rowid, title, text, tags) SELECT id, title, content, '' FROM posts`,
  `INSERT INTO tags (name) VALUES ('one'), ('two')`,
  'INSERT INTO post_tags (tag_id, post_id) SELECT 1 + id % 2, id FROM posts',
  `INSERT INTO likes SELECT 1, id, ${NOW} FROM posts`,
  `INSERT INTO comments (post_id, author_id, content, created_at, updated_at) SELECT id, 1, 'hm', ${NOW}, ${NOW} FROM posts`,
  `INSERT INTO uploads (owner_id, filename, original_name, size, width, height, created_at)
     VALUES (1, 'a.jpg', 'a.jpg', 1, 1, 1, ${NOW}), (2, 'b.jpg', 'b.jpg', 1, 1, 1, ${NOW})`,
];

const TABLES = ['users', 'posts', 'tags', 'post_tags', 'likes', 'comments', 'uploads', 'post_totals', 'categories'];
const allRows = () => Promise.all(TABLES.map((table) => query(`SELECT * FROM ${table} ORDER BY 1, 2`)));
const namesOfParts = () => query('SELECT type, name, tbl_name FROM sqlite_schema ORDER BY type, name');
const found = () => query(`SELECT rowid FROM post_search WHERE post_search MATCH '"Post 15"' ORDER BY rowid`);

describe('0007', () => {
  it('keeps every row, index, count and search result', async () => {
    const before = { rows: await allRows(), parts: await namesOfParts(), found: await found() };
    await apply(migration.up);

    expect(await allRows()).toEqual(before.rows);
    expect(await found()).toEqual(before.found);
    expect(await namesOfParts()).toEqual(
      expect.arrayContaining([...before.parts, { type: 'trigger', name: 'post_reassigned', tbl_name: 'posts' }]),
    );
    expect(await query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(await query('PRAGMA foreign_key_check')).toEqual([]);
  });

  it('lets posts and comments outlive their author, and pictures only without an owner', async () => {
    await apply(migration.up);
    await run(`UPDATE uploads SET owner_id = NULL WHERE filename = 'a.jpg'`);
    await run('DELETE FROM users');

    expect(await query('SELECT count(*) AS posts, count(author_id) AS authors FROM posts')).toEqual([
      { posts: 200, authors: 0 },
    ]);
    expect(await query('SELECT count(*) AS comments, count(author_id) AS authors FROM comments')).toEqual([
      { comments: 200, authors: 0 },
    ]);
    expect(await query('SELECT filename FROM uploads')).toEqual([{ filename: 'a.jpg' }]);
    expect(await query('SELECT scope, total FROM post_totals ORDER BY scope')).toEqual([
      { scope: 'author:0', total: 150 },
      { scope: 'author:1', total: 0 },
      { scope: 'author:2', total: 0 },
      { scope: 'published', total: 150 },
    ]);
    expect(await query('SELECT sum(post_count) AS posts FROM categories')).toEqual([{ posts: 150 }]);
  });

  it('is seen by connections that were open before', async () => {
    const other = openDatabase(join(dir, 'test.sqlite'));
    try {
      await other.engine.read('SELECT author_id FROM posts WHERE id = ?', 1);
      await other.sequelize.query('SELECT 1 FROM posts');
      await apply(migration.up);

      await other.models.write((transaction) => other.models.users.remove(transaction, 2));
      expect(await other.engine.read('SELECT author_id AS author FROM posts WHERE id = ?', 1)).toEqual([
        { author: null },
      ]);
    } finally {
      await other.close();
    }
  });

  it('changes nothing when a table is not what it expects', async () => {
    await run('ALTER TABLE uploads RENAME TO pictures');
    const before = await query('SELECT * FROM sqlite_schema');
    await expect(apply(migration.up)).rejects.toThrow('uploads is not');

    expect(await query('SELECT * FROM sqlite_schema')).toEqual(before);
    await expect(run(`UPDATE sqlite_schema SET sql = sql`)).rejects.toThrow('may not be modified');
  });

  it('can be taken back: content without an author goes then', async () => {
    await apply(migration.up);
    await run('DELETE FROM users WHERE id = 1');
    await apply(migration.down);

    expect(await query('SELECT count(*) AS posts FROM posts WHERE author_id = 2')).toEqual([{ posts: 100 }]);
    expect(await query('SELECT count(*) AS posts FROM posts')).toEqual([{ posts: 100 }]);
    await run('DELETE FROM users WHERE id = 2');
    expect(await query('SELECT id FROM posts')).toEqual([]);
  });
});
