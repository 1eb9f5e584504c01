import type { Transaction } from 'sequelize';
import type { Models } from '../../models/index.js';
import { highlight, pairsOf, searchTerms } from './search-terms.js';

/** What can be looked for in a post. */
export interface SearchableText {
  title: string;
  text: string;
  tags: readonly string[];
}

/** SQL with `?` for each parameter. */
export interface Condition {
  sql: string;
  parameters: (string | number)[];
}

/** Full-text search behind one interface: another database brings its own. */
export interface PostSearch {
  /** Keeps the index in step with a post; called in the transaction that writes it. */
  index(id: number, post: SearchableText, transaction: Transaction): Promise<void>;
  /**
   * A SELECT of the hits' `id` and `score`, the best having the lowest; undefined where nothing can be found.
   *
   * @param wanted a condition on the posts `p`; without it the hits would be chosen first and most of them dropped then.
   */
  hits(text: string, wanted: Condition): Condition | undefined;
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

/** Of more hits than these the newest are ranked: ranking all would cost more the more posts there are. */
const RANKED_HITS = 100;

/**
 * A word in the title counts twice what one among the tags does; of equal hits the newest come first. Not FTS5's own
 * bm25(): how rare a word is it finds out by reading all hits, at each search anew.
 */
const wordScore = '2 * (instr(lower(found.title), ?) > 0) + (instr(found.tags, ?) > 0)';
const scoreOf = (words: number) => `-(${Array.from({ length: words }, () => wordScore).join(' + ')})`;
const HITS = (table: Table, score: string, wanted: string) => `
  SELECT found.rowid AS id, ${score} AS score FROM ${table} found CROSS JOIN posts p ON p.id = found.rowid
  WHERE found.${table} MATCH ? AND ${wanted} ORDER BY found.rowid DESC LIMIT ${RANKED_HITS}`;
const IN_PAIRS = 'found.rowid IN (SELECT rowid FROM post_pairs WHERE post_pairs MATCH ?)';

/** SQLite's FTS5: trigrams for words of three characters and more, pairs of characters for shorter ones. */
export function createSqliteSearch({ read, write, select, execute }: Models): PostSearch {
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

    hits(text, { sql, parameters }) {
      const { words, trigrams, pairs } = searchTerms(text);
      if (trigrams) {
        const scored = words.flatMap((word) => [word, word]);
        return {
          sql: HITS('post_search', scoreOf(words.length), pairs ? `${IN_PAIRS} AND ${sql}` : sql),
          parameters: [...scored, trigrams, ...(pairs ? [pairs] : []), ...parameters],
        };
      }
      return pairs ? { sql: HITS('post_pairs', '-found.rowid', sql), parameters: [pairs, ...parameters] } : undefined;
    },

    async highlights(ids, text) {
      const { words } = searchTerms(text);
      const rows = await read<{ id: number; title: string; text: string }>(
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
    const parts = await read<{ pages: number }>(`SELECT count(*) AS pages FROM ${table}_idx GROUP BY segid`);
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
