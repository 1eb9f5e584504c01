import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListFilter } from '../../../posts/post-finder.js';
import type { Parameter } from '../../../queries.js';
import { openDatabase, type Database } from '../../../index.js';
import { migrate } from '../../../migrate.js';
import { filterCounts, hitsIn, type Lead, type SearchQuery, type Window } from './search-sql.js';

let dir: string;
let database: Database;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-plans-'));
  database = openDatabase(join(dir, 'test.sqlite'));
  await migrate(database);
});
afterAll(async () => {
  await database.close();
  rmSync(dir, { recursive: true });
});

const LEADS: Lead[] = ['words', 'few words', 'pairs', 'tags', 'author', 'category', 'status'];
const WINDOWS: Window[] = [{ newest: 8_192 }, { low: 0, high: 8_192 }];
const filter: ListFilter = { status: 'published', categoryId: 1, authorId: 1, tagIds: [1, 2] };
const QUERIES: Record<string, SearchQuery> = {
  'long words': { words: ['field'], long: ['field'], pairs: [], filter },
  'short words': { words: ['on'], long: [], pairs: ['on'], filter },
  both: { words: ['field', 'on', '一'], long: ['field'], pairs: ['on', '一'], filter },
};
const CASES = Object.entries(QUERIES).flatMap(([words, query]) =>
  LEADS.filter((lead) =>
    lead.endsWith('words') ? query.long.length > 0 : lead !== 'pairs' || query.pairs.length > 0,
  ).flatMap((lead) => WINDOWS.map((window) => ({ words, lead, window, query }))),
);

async function planOf(sql: string, parameters: Parameter[]): Promise<string[]> {
  const rows = await database.engine.read<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...parameters);
  return rows.map(({ detail }) => detail);
}

describe('the plan of a search', () => {
  it.each(CASES)('for $words, led by $lead in $window', async ({ lead, window, query }) => {
    const { sql, parameters } = hitsIn(window, query, lead, 100);
    const plan = await planOf(sql, parameters);

    // Filters come from the index alone: the rows of posts are long.
    expect(plan.filter((step) => / p /.test(step))).toEqual([
      expect.stringMatching(/^SEARCH p USING COVERING INDEX posts_for_search \(id=\?/),
    ]);
    // FTS5 hands over the newest first and can stop; a sort would read all hits.
    const sorts = plan.filter((step) => step.includes('TEMP B-TREE FOR ORDER BY'));
    expect(['words', 'few words', 'pairs'].includes(lead) ? sorts : []).toEqual([]);
    // One MATCH for the whole window, never one for each row that something else has found ("=" is a look-up of a row).
    const [first] = plan.filter((step) => step.startsWith('SCAN hit'));
    expect(first).not.toContain('=');
    const pairs = plan.filter((step) => step.startsWith('SCAN pair '));
    const perRow = pairs.filter((step) => !/VIRTUAL TABLE INDEX \d+:[<>M\d]*$/.test(step));
    expect(lead === 'words' ? perRow : []).toEqual([]);
  });

  it('reads counts of filters from indexes alone', async () => {
    const { sql, parameters } = filterCounts(filter);
    const searches = (await planOf(sql, parameters)).filter((step) => step.startsWith('SEARCH'));

    expect(searches).toHaveLength(4);
    for (const step of searches) expect(step).toMatch(/USING COVERING INDEX|USING PRIMARY KEY/);
  });
});
