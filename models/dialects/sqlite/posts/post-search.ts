import type { PostSearch } from '../../../posts/post-finder.js';
import { pairsOf } from '../../../posts/search-terms.js';
import type { Transaction } from '../../../queries.js';
import type { Engine } from '../../engine.js';
import { scanForHits } from './search-scan.js';

const TABLES = ['post_search', 'post_pairs'] as const;
type Table = (typeof TABLES)[number];

const INDEX_TEXT = 'INSERT OR REPLACE INTO post_search (rowid, title, text, tags) VALUES (?, ?, ?, ?)';
const INDEX_PAIRS = 'INSERT OR REPLACE INTO post_pairs (rowid, pairs) VALUES (?, ?)';

/** Pages that are merged in one transaction: about ten milliseconds, for which no other write can run. */
const MERGED_PAGES = 256;
/** So much of an index may lie outside of its largest part. */
const MAX_APART = 0.2;

/** SQLite's FTS5: trigrams for words of three characters and more, pairs of characters for shorter ones. */
export function createSqliteSearch({
  read,
  readLong,
  write,
  words: { idsIn },
}: Pick<Engine, 'read' | 'readLong' | 'write' | 'words'>): PostSearch {
  const texts = `SELECT rowid AS id, title, text FROM post_search WHERE rowid IN (${idsIn})`;

  return {
    async index(transaction, id, { title, text, tags }) {
      const tagText = tags.join(' ');
      await transaction.execute(INDEX_TEXT, id, title, text, tagText);
      await transaction.execute(INDEX_PAIRS, id, pairsOf(`${title} ${text} ${tagText}`));
    },

    async hits(terms, filter, signal) {
      const hits = await scanForHits({ read, readLong }, { ...terms, filter }, signal);
      return hits.toSorted((one, other) => one.score - other.score || other.id - one.id).map(({ id }) => id);
    },

    texts: (ids) => readLong({}, texts, JSON.stringify(ids)),

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
        await transaction.execute(command, pages);
        return (await changesOf(transaction)) - before > 1; // one is the command itself
      });
    let goesOn = await step(-MERGED_PAGES);
    while (goesOn && !stopping.aborted) goesOn = await step(MERGED_PAGES);
  }
}

async function changesOf(transaction: Transaction): Promise<number> {
  const [row] = await transaction.select<{ changes: number }>('SELECT total_changes() AS changes');
  return row?.changes ?? 0;
}
