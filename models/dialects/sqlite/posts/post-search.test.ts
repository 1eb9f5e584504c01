import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../../index.js';
import { migrate } from '../../../migrate.js';
import type { PostSearch } from '../../../posts/post-finder.js';
import { createSqliteSearch } from './post-search.js';

let dir: string;
let database: Database;
let search: PostSearch;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-search-'));
  database = openDatabase(join(dir, 'test.sqlite'));
  await migrate(database);
  search = createSqliteSearch(database.engine);
  for (let id = 1; id <= 30; id += 1) {
    const post = { title: `Onion ${id}`, text: `Layer ${id} of 洋葱`, tags: ['onions'] };
    await database.engine.write((transaction) => search.index(transaction, id, post));
  }
});
afterEach(async () => {
  await database.close();
  rmSync(dir, { recursive: true });
});

const rows = <Row extends object>(sql: string) => database.sequelize.query<Row>(sql, { type: QueryTypes.SELECT });
const parts = async (table: string) => (await rows(`SELECT DISTINCT segid FROM ${table}_idx`)).length;
const written = async () => (await rows('PRAGMA data_version'))[0];
const found = () =>
  rows(`SELECT rowid FROM post_search WHERE post_search MATCH 'onion'
        UNION ALL SELECT rowid FROM post_pairs WHERE post_pairs MATCH '洋葱'`);

describe('an index that many writes have left in parts', () => {
  it('is made one part of, in which everything is found as before', async () => {
    const before = await found();
    expect(await parts('post_search')).toBeGreaterThan(1);
    expect(await parts('post_pairs')).toBeGreaterThan(1);

    await search.tidy(new AbortController().signal);

    expect([await parts('post_search'), await parts('post_pairs')]).toEqual([1, 1]);
    expect(await found()).toEqual(before);
    expect(before).toHaveLength(60);
    for (const table of ['post_search', 'post_pairs']) {
      // Throws when the index is not what its rows make (https://www.sqlite.org/fts5.html#the_integrity_check_command).
      await database.sequelize.query(`INSERT INTO ${table} (${table}) VALUES ('integrity-check')`);
    }
  });

  it('is left alone while little lies apart', async () => {
    await search.tidy(new AbortController().signal);
    const before = await written();
    await search.tidy(new AbortController().signal);

    expect(await written()).toEqual(before);
  });
});
