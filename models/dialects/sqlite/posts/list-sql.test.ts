import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListFilter, ListOrder, SortColumn } from '../../../posts/post-finder.js';
import type { PostStatus } from '../../../posts/post.js';
import type { Sql } from '../../../queries.js';
import { openDatabase, type Database } from '../../../index.js';
import { migrate } from '../../../migrate.js';
import { countOf, idsIn, isIndexed, partsOf, publishedSize, publishedSizes } from './list-sql.js';

let dir: string;
let database: Database;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-lists-'));
  database = openDatabase(join(dir, 'test.sqlite'));
  await migrate(database);
  for (const statement of ROWS) await database.sequelize.query(statement);
});
afterAll(async () => {
  await database.close();
  rmSync(dir, { recursive: true });
});

const NOW = `'2026-11-20 10:00:00.000 +00:00'`;
const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
/** 400 posts whose columns take turns at lengths that have no common divisor. */
const ROWS = [
  `${numbers(7)} INSERT INTO users (id, username, username_key, email, email_key, password_hash, created_at, updated_at)
    SELECT i, 'u' || i, 'u' || i, 'u' || i, 'u' || i, '', ${NOW}, ${NOW} FROM n`,
  `INSERT INTO follows (follower_id, followee_id, created_at) VALUES (1, 2, ${NOW}), (1, 1, ${NOW}), (2, 1, ${NOW})`,
  `${numbers(400)} INSERT INTO posts (slug, title, content, html, excerpt, author_id, category_id, status, view_count,
      like_count, published_at, created_at, updated_at)
    SELECT i, 't' || i * 7 % 31, '', '', '', 1 + i % 7, 1 + i % 4, iif(i % 3 = 0, 'draft', 'published'), i % 13,
      i % 17, datetime(i * 37 % 101, 'unixepoch'), datetime(i * 31 % 103, 'unixepoch'), ${NOW} FROM n`,
  `INSERT INTO tags (name) VALUES ('one'), ('two')`,
  'INSERT INTO post_tags (tag_id, post_id) SELECT 1, id FROM posts WHERE id % 5 < 2',
  'INSERT INTO post_tags (tag_id, post_id) SELECT 2, id FROM posts WHERE id % 11 < 4',
];

const PARTS: Partial<ListFilter>[] = [{ categoryId: 1 }, { authorId: 1 }, { tagIds: [1] }, { followedBy: 1 }];
const FILTERS: ListFilter[] = [{}, { tagIds: [1, 2] }, ...PARTS, ...pairs(PARTS), Object.assign({}, ...PARTS)].flatMap(
  (parts: Partial<ListFilter>) =>
    (['published', 'draft'] satisfies PostStatus[]).map((status) => ({ ...parts, status })),
);
const COLUMNS: SortColumn[] = ['published_at', 'created_at', 'view_count', 'like_count', 'title'];
const ORDERS: ListOrder[] = COLUMNS.flatMap((column) => [true, false].map((descending) => ({ column, descending })));
const SLICES = [
  { limit: 20, skip: 0 },
  { limit: 100, skip: 999_900 },
  { limit: 20, skip: 0, after: ['2026', 7] satisfies [string, number] },
];
const CASES = FILTERS.map((filter) => ({ name: [filter.status, ...partsOf(filter)].join(' + '), filter }));
const EVERY = ORDERS.flatMap((order) => SLICES.map((slice) => ({ order, slice })));

function pairs<T extends object>(all: readonly T[]): T[] {
  return all.flatMap((one, index) => all.slice(index + 1).map((other) => ({ ...one, ...other })));
}

async function planOf({ sql, parameters }: Sql): Promise<string[]> {
  const rows = await database.engine.read<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...parameters);
  return rows.map(({ detail }) => detail);
}

const sorts = (plan: string[]) => plan.filter((step) => step.includes('TEMP B-TREE FOR ORDER BY'));
/** Reads every row there is, rather than those that an index finds. */
const scans = (plan: string[]) => plan.filter((step) => /^SCAN (?!json_each|hit$)/.test(step));

describe('the plan of a list', () => {
  it.each(CASES)('of $name in the order of one index reads the page alone', async ({ filter }) => {
    for (const { order, slice } of EVERY.filter(({ order }) => isIndexed(filter, order))) {
      const plan = await planOf(idsIn('index', filter, order, slice));

      expect(plan).toHaveLength(1);
      expect(plan[0]).toMatch(/^SEARCH s USING COVERING INDEX posts_by_\w+ \(/);
      expect(plan[0]).toContain(partsOf(filter).length > 0 ? '_id=? AND status=?' : '(status=?');
    }
  });

  it.each(CASES)('of $name, walked in its order, checks posts in indexes alone', async ({ filter }) => {
    for (const { order, slice } of EVERY) {
      const plan = await planOf(idsIn('walk', filter, order, slice));

      expect(plan.filter((step) => /^\w+ [sp] /.test(step))).toEqual([
        expect.stringMatching(/^SEARCH s USING COVERING INDEX posts_by_\w+ \(status=\?/),
        expect.stringMatching(/^SEARCH p USING COVERING INDEX posts_for_search \(id=\?/),
      ]);
      expect(sorts(plan)).toEqual([]);
      expect(scans(plan)).toEqual([]);
    }
  });

  it.each(CASES)('of $name, led by a part, begins with the posts of this part', async ({ filter }) => {
    for (const lead of partsOf(filter)) {
      for (const { order, slice } of EVERY) {
        const plan = await planOf(idsIn(lead, filter, order, slice));

        const [first] = plan.filter((step) => /^SEARCH (posts|post_tags) /.test(step));
        expect(first).toMatch(LEADS[lead]);
        expect(plan).toContainEqual(expect.stringMatching(/^SEARCH p USING COVERING INDEX posts_for_search \(id=\?/));
        expect(plan).toContainEqual('SEARCH s USING INTEGER PRIMARY KEY (rowid=?)');
        expect(scans(plan)).toEqual([]);
      }
      const counting = await planOf(countOf(lead, filter, -1));
      expect(counting.filter((step) => /^SEARCH (posts|p|post_tags) /.test(step))).not.toContainEqual(
        expect.not.stringMatching(/COVERING INDEX|PRIMARY KEY/),
      );
    }
  });

  it.each(CASES)('of $name takes numbers that are counted already from their keys', async ({ filter }) => {
    const sizes = [publishedSizes(filter), ...partsOf(filter).map((part) => publishedSize(part, filter))];

    for (const counting of sizes) {
      const plan = await planOf(counting);
      expect(scans(plan).filter((step) => step !== 'SCAN CONSTANT ROW')).toEqual([]);
    }
  });

  it('follows one index only where this gives filter and order', () => {
    const indexed = CASES.flatMap(({ name, filter }) =>
      COLUMNS.filter((column) => isIndexed(filter, { column, descending: true })).map((column) => `${name}: ${column}`),
    );

    expect(indexed.filter((each) => each.startsWith('published'))).toEqual([
      ...COLUMNS.map((column) => `published: ${column}`),
      'published + category: published_at',
      'published + author: published_at',
    ]);
  });
});

describe('the page of a list', () => {
  const idsOf = async ({ sql, parameters }: Sql) =>
    (await database.engine.read<{ id: number }>(sql, ...parameters)).map(({ id }) => id);

  it.each(CASES)('of $name is the same whichever plan finds it', async ({ filter }) => {
    for (const order of ORDERS) {
      const after: [string | number, number] = [order.column.endsWith('_count') ? 6 : 't2', 200];
      for (const slice of [
        { limit: 500, skip: 0 },
        { limit: 3, skip: 2 },
        { limit: 9, skip: 0, after },
      ]) {
        const walked = await idsOf(idsIn('walk', filter, order, slice));

        const plans = [...partsOf(filter), ...(isIndexed(filter, order) ? (['index'] as const) : [])];
        for (const plan of plans) expect(await idsOf(idsIn(plan, filter, order, slice)), plan).toEqual(walked);
      }
    }
  });

  it.each(CASES)('of $name is counted as it is found', async ({ filter }) => {
    const found = await idsOf(idsIn('walk', filter, { column: 'title', descending: true }, { limit: 500, skip: 0 }));

    for (const part of [...partsOf(filter), 'status' as const]) {
      const { sql, parameters } = countOf(part, filter, -1);
      expect(await database.engine.read(sql, ...parameters)).toEqual([{ total: found.length }]);
    }
    const [part, ...more] = partsOf(filter);
    if (filter.status !== 'published' || more.length > 0 || (filter.tagIds?.length ?? 0) > 1) return;
    const { sql, parameters } = publishedSizes(filter);
    const [sizes] = await database.engine.read<Record<string, number>>(sql, ...parameters);
    expect(sizes?.[part ?? 'status']).toBe(found.length);
  });
});

const LEADS = {
  tags: /post_tags USING (COVERING INDEX|PRIMARY KEY).*tag_id=\?/,
  author: /posts USING COVERING INDEX posts_by_author \(author_id=\? AND status=\?\)/,
  followed: /posts USING COVERING INDEX posts_by_author \(author_id=\? AND status=\?\)/,
  category: /posts USING COVERING INDEX posts_by_category \(category_id=\? AND status=\?\)/,
};
