import type { Transaction } from 'sequelize';
import type { Models } from '../../models/index.js';
import type { SearchFilter } from '../../models/post-search.js';
import { scanForHits } from './search-scan.js';
import { highlight, pairsOf, searchTerms } from './search-terms.js';

/** What can be looked for in a post. */
export interface SearchableText {
  title: string;
  text: string;
  tags: readonly string[];
}

/** Full-text search behind one interface: another database brings its own. */
export interface PostSearch {
  /** Keeps the index in step with a post; called in the transaction that writes it. */
  index(id: number, post: SearchableText, transaction: Transaction): Promise<void>;
  /**
   * The ids of the newest hits, at most a hundred, the best first. Beyond a certain time older posts are left out.
   *
   * @param signal ends the search.
   */
  hits(text: string, filter: SearchFilter, signal?: AbortSignal): Promise<number[]>;
  /** For each post a fragment with the hits in <mark>, escaped for HTML. */
  highlights(ids: readonly number[], text: string): Promise<Map<number, string>>;
  /** Now and then: brings the index into the shape in which a search costs least, step by step until `stopping`. */
  tidy(stopping: AbortSignal): Promise<void>;
}

const TABLES = ['post_search', 'post_pairs'] as const;
type Table = (typeof TABLES)[number];

/** Pages that are merged in one transaction: about ten milliseconds, for which nobody else can write. */
const MERGED_PAGES = 256;
/** So much of an index may lie outside of its largest part. */
const MAX_APART = 0.2;

/** SQLite's FTS5: trigrams for words of three characters and more, pairs of characters for shorter ones. */
export function createSqliteSearch(models: Models): PostSearch {
  const { readLong, write, select, execute } = models;
  return {
    async index(id, { title, text, tags }, transaction) {
      const run = (sql: string, ...parameters: (string | number)[]) => execute(transaction, sql, ...parameters);
      const tagText = tags.join(' ');
      await run(
        'INSERT OR REPLACE INTO post_search (rowid, title, text, tags) VALUES (?, ?, ?, ?)',
        id,
        title,
        text,
        tagText,
      );
      await run(
        'INSERT OR REPLACE INTO post_pairs (rowid, pairs) VALUES (?, ?)',
        id,
        pairsOf(`${title} ${text} ${tagText}`),
      );
    },

    async hits(text, filter, signal) {
      const { words, long, pairs } = searchTerms(text);
      if (long.length === 0 && pairs.length === 0) return [];
      const hits = await scanForHits(models, { words, long, pairs, filter }, signal);
      return hits.toSorted((one, other) => one.score - other.score || other.id - one.id).map(({ id }) => id);
    },

    async highlights(ids, text) {
      const { words } = searchTerms(text);
      const rows = await readLong<{ id: number; title: string; text: string }>(
        {},
        'SELECT rowid AS id, title, text FROM post_search WHERE rowid IN (SELECT value FROM json_each(?))',
        JSON.stringify(ids),
      );
      return new Map(rows.map((row) => [row.id, highlight(`${row.title} — ${row.text}`, words)]));
    },

    async tidy(stopping) {
      for (const table of TABLES) if (await isApart(table)) await merge(table, stopping);
    },
  };

  /** Writes leave an index in parts, and a search looks into each. What lies apart is merged when it has become a share of the whole. */
  async function isApart(table: Table): Promise<boolean> {
    const parts = await readLong<{ pages: number }>({}, `SELECT count(*) AS pages FROM ${table}_idx GROUP BY segid`);
    const pages = parts.map((part) => part.pages);
    const all = pages.reduce((sum, each) => sum + each, 0);
    return pages.length > 1 && all - Math.max(...pages) > all * MAX_APART;
  }

  /** Step by step (https://www.sqlite.org/fts5.html#the_merge_command): a negative number of pages begins with all parts. */
  async function merge(table: Table, stopping: AbortSignal): Promise<void> {
    const command = `INSERT INTO ${table} (${table}, rank) VALUES ('merge', ?)`;
    const step = (pages: number) =>
      write(async (transaction) => {
        const before = await changesOf(transaction);
        await execute(transaction, command, pages);
        return (await changesOf(transaction)) - before > 1; // one is the command itself
      });
    let goesOn = await step(-MERGED_PAGES);
    while (goesOn && !stopping.aborted) goesOn = await step(MERGED_PAGES);
  }

  async function changesOf(transaction: Transaction): Promise<number> {
    const [row] = await select<{ changes: number }>(transaction, 'SELECT total_changes() AS changes');
    return row?.changes ?? 0;
  }
}
