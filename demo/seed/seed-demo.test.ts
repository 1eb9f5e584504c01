import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../models/index.js';
import { migrate } from '../../models/migrate.js';
import { createPasswordHasher } from '../../services/accounts/password-hasher.js';
import { createMedia } from '../../services/media/create-media.js';
import { createPostList } from '../../services/posts/post-list.js';
import { createDemoSeeder, type DemoPlan } from './seed-demo.js';

let folder: string;
let database: Database;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'allium-test-'));
  database = openDatabase(join(folder, 'allium.sqlite'));
  await migrate(database);
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

function fill(posts: number, plan: Partial<DemoPlan> = {}) {
  const { models } = database;
  const { media } = createMedia({ models, dir: join(folder, 'uploads'), quotaBytes: Infinity });
  const demo = createDemoSeeder({
    models,
    file: join(folder, 'allium.sqlite'),
    passwords: createPasswordHasher(),
    media,
  });
  const until = new Date('2026-01-31T00:00:00Z');
  const usual = { posts, seed: 1, until, password: undefined, covers: false, progress: () => undefined };
  return demo.make({ ...usual, ...plan });
}
const rows = (sql: string) => database.engine.read<Record<string, unknown>>(sql);
const schema = () => rows('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name');

/** Rows whose counter is not what counting says: there must be none. */
const MISCOUNTED: [what: string, sql: string][] = [
  ['likes', 'SELECT id FROM posts p WHERE like_count <> (SELECT count(*) FROM likes WHERE post_id = p.id)'],
  ['comments', 'SELECT id FROM posts p WHERE comment_count <> (SELECT count(*) FROM comments WHERE post_id = p.id)'],
  [
    'categories',
    `SELECT id FROM categories c WHERE post_count <>
       (SELECT count(*) FROM posts WHERE category_id = c.id AND status = 'published')`,
  ],
  [
    'tags',
    `SELECT id FROM tags t WHERE post_count <> (SELECT count(*) FROM post_tags JOIN posts p ON p.id = post_id
       WHERE tag_id = t.id AND p.status = 'published')`,
  ],
  [
    'all posts',
    `SELECT 1 FROM post_totals WHERE scope = 'published'
     AND total <> (SELECT count(*) FROM posts WHERE status = 'published')`,
  ],
  [
    'authors',
    `SELECT id FROM users u WHERE (SELECT count(*) FROM posts WHERE author_id = u.id AND status = 'published')
     <> COALESCE((SELECT total FROM post_totals WHERE scope = 'author:' || u.id), 0)`,
  ],
  [
    'a post’s tags',
    `SELECT id FROM posts p WHERE json_array_length(tags) <>
     (SELECT count(*) FROM post_tags WHERE post_id = p.id)`,
  ],
  ['views', `SELECT 1 WHERE (SELECT sum(view_count) FROM posts) <> (SELECT sum(views) FROM daily_views)`],
  ['texts to search', `SELECT id FROM posts WHERE id NOT IN (SELECT rowid FROM post_search)`],
  ['titles to search', `SELECT id FROM posts p JOIN post_search s ON s.rowid = p.id WHERE s.title <> p.title`],
  [
    'how FTS5 writes',
    `SELECT k, v FROM (SELECT * FROM post_search_config UNION ALL SELECT * FROM post_pairs_config)
     WHERE (k, v) NOT IN (VALUES ('version', 4), ('hashsize', 1048576), ('automerge', 4), ('crisismerge', 16))`,
  ],
  ['dangling rows', 'SELECT * FROM pragma_foreign_key_check'],
];

describe.each([
  ['120 articles, counted by the triggers', 120],
  ['20,000 short posts, counted by itself', 20_000],
])('%s', (_name, posts) => {
  it('leaves every counter right and the schema as it was', async () => {
    const before = await schema();

    await fill(posts);

    for (const [what, sql] of MISCOUNTED) expect(await rows(sql), what).toEqual([]);
    expect(await rows('SELECT count(*) AS posts FROM posts')).toEqual([{ posts }]);
    expect(await schema()).toEqual(before);
    for (const index of ['post_search', 'post_pairs']) {
      // Throws when the index is not what its rows make (https://www.sqlite.org/fts5.html#the_integrity_check_command).
      await database.sequelize.query(`INSERT INTO ${index} (${index}) VALUES ('integrity-check')`);
      expect(await rows(`SELECT count(DISTINCT segid) AS parts FROM ${index}_idx`)).toEqual([{ parts: 1 }]);
    }
  }, 60_000);
});

describe('a large installation', () => {
  it('is searched as if every post had been written by hand', async () => {
    await fill(2_500);
    const { models } = database;
    const probe = { search: 'onion of middleware', status: 'published' as const };
    const all = await rows("SELECT id, title, tags FROM posts WHERE status = 'published' ORDER BY id LIMIT 50");
    const list = createPostList(models);
    const found = async () =>
      (await list.page(probe, { field: 'publishedAt', descending: true }, { page: 1, limit: 10 })).posts.map(
        ({ id }) => id,
      );
    const before = await found();
    const pairs = () => rows(`SELECT rowid FROM post_pairs WHERE post_pairs MATCH '"数据"' ORDER BY rowid`);
    const pairsBefore = await pairs();
    const texts = await rows('SELECT rowid AS id, text FROM post_search');

    await models.write(async (transaction) => {
      for (const { id, title, tags } of all) {
        const text = String(texts.find((row) => row['id'] === id)?.['text']);
        const post = { title: String(title), text, tags: JSON.parse(String(tags)) as string[] };
        await models.posts.index(transaction, Number(id), post);
      }
    });

    expect(await found()).toEqual(before);
    expect(await pairs()).toEqual(pairsBefore);
    expect(pairsBefore.length).toBeGreaterThan(0);
  }, 60_000);

  it('is made as a whole or not at all', async () => {
    const before = await schema();
    const progress = (_what: string, done: number) => {
      if (done > 10_000) throw new Error('no more');
    };

    await expect(fill(20_000, { progress })).rejects.toThrow('no more');

    expect(await rows('SELECT count(*) AS posts FROM posts')).toEqual([{ posts: 0 }]);
    expect(await rows('SELECT count(*) AS texts FROM post_search')).toEqual([{ texts: 0 }]);
    expect(await schema()).toEqual(before);
    await fill(2_000);
    for (const [what, sql] of MISCOUNTED) expect(await rows(sql), what).toEqual([]);
  }, 60_000);

  it('counts on with the triggers afterwards', async () => {
    await fill(2_000);
    await database.models.write((transaction) =>
      transaction.execute("DELETE FROM posts WHERE id IN (SELECT id FROM posts WHERE status = 'published' LIMIT 5)"),
    );

    for (const [what, sql] of MISCOUNTED.filter(([name]) => name !== 'views'))
      expect(await rows(sql), what).toEqual([]);
  }, 60_000);
});

describe('a demonstration', () => {
  it('is the same for the same seed, and another for another', async () => {
    const texts = () =>
      rows('SELECT slug, content, author_id, status, view_count, published_at FROM posts ORDER BY id');
    const seen = [];
    for (const seed of [1, 1, 2]) {
      await fill(40, { seed });
      seen.push(await texts());
      await database.models.write((transaction) => transaction.execute('DELETE FROM posts'));
    }

    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).not.toEqual(seen[0]);
  }, 60_000);

  it('has pictures that belong to the author of their post', async () => {
    const { covers } = await fill(12, { covers: true });

    expect(covers).toBeGreaterThan(0);
    expect(
      await rows(`SELECT p.id FROM posts p LEFT JOIN uploads u ON '/uploads/' || u.filename = p.cover_image
        WHERE p.cover_image IS NOT NULL AND u.owner_id IS NOT p.author_id`),
    ).toEqual([]);
  });

  it('creates accounts that can sign in only if a password is given', async () => {
    const passwords = createPasswordHasher();
    const hashOfAda = async () => {
      const [ada] = await rows("SELECT password_hash AS hash FROM users WHERE username = 'ada_whitlock'");
      return String(ada?.['hash']);
    };
    await fill(1);
    expect(await hashOfAda()).toMatch(/^\$argon2id\$/);
    await database.models.write((transaction) => transaction.execute('DELETE FROM users'));

    await fill(1, { password: 'a long pass phrase' });
    expect(await passwords.matches('a long pass phrase', await hashOfAda())).toBe(true);
  });
});
