import type { ListFilter, PostSearch } from '../../../posts/post-finder.js';
import { pairsOf, type SearchTerms } from '../../../posts/search-terms.js';
import { ReadEnded, type Sql } from '../../../queries.js';
import type { Engine } from '../../engine.js';
import { postgresWords } from '../words.js';
import { allOf, filterConditions } from './list-sql.js';

/** Of more hits than these the newest are ranked. */
const RANKED_HITS = 100;
/** Posts that are looked at first: with words that are common they have all the hits that are ranked. */
const NEWEST = 4_096;
/** What the search among all the others may take; beyond, they are left out. */
const BUDGET_MS = 500;

const INDEX = `INSERT INTO post_search (post_id, title, text, tags, folded_title, folded_text, folded_tags, grams)
  VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT[]))
  ON CONFLICT (post_id) DO UPDATE SET title = excluded.title, text = excluded.text, tags = excluded.tags,
    folded_title = excluded.folded_title, folded_text = excluded.folded_text, folded_tags = excluded.folded_tags,
    grams = excluded.grams`;
const TEXTS = `SELECT post_id AS id, title, text FROM post_search WHERE post_id IN (${postgresWords.idsIn})`;

/**
 * Search by an inverted index (GIN) over every three characters in a row, and over `pairsOf` for shorter words: the same
 * posts as SQLite's FTS5 finds. What has all parts of a word is looked up in the text, for the word itself.
 */
export function createPostSearch({ readLong }: Pick<Engine, 'readLong'>): PostSearch {
  return {
    async index(transaction, id, { title, text, tags }) {
      const texts = [title, text, tags.join(' ')];
      const folded = texts.map((one) => one.toLowerCase());
      await transaction.execute(INDEX, id, ...texts, ...folded, arrayLiteral(gramsOf(folded)));
    },

    async hits(terms, filter, signal) {
      const hits = await find(terms, filter, '>', { signal });
      if (hits.length < RANKED_HITS) hits.push(...(await older(terms, filter, signal)));
      return hits
        .slice(0, RANKED_HITS)
        .toSorted((one, other) => other.score - one.score || other.id - one.id)
        .map(({ id }) => id);
    },

    texts: (ids) => readLong<{ id: number; title: string; text: string }>({}, TEXTS, JSON.stringify(ids)),

    tidy: () => Promise.resolve(), // autovacuum does (https://www.postgresql.org/docs/14/gin-implementation.html)
  };

  async function older(terms: SearchTerms, filter: ListFilter, signal: AbortSignal | undefined): Promise<Hit[]> {
    try {
      return await find(terms, filter, '<=', { signal, timeoutMs: BUDGET_MS });
    } catch (error) {
      if (error instanceof ReadEnded && error.reason === 'timeout') return [];
      throw error;
    }
  }

  function find(
    { words, long, pairs }: SearchTerms,
    filter: ListFilter,
    side: '>' | '<=',
    options: { signal: AbortSignal | undefined; timeoutMs?: number },
  ): Promise<Hit[]> {
    const score = scoreOf(words);
    const where = allOf([
      { sql: `s.post_id ${side} (SELECT max(id) - ${NEWEST} FROM posts)`, parameters: [] },
      { sql: 's.grams @> CAST(? AS TEXT[])', parameters: [arrayLiteral([...long.flatMap(trigramsOf), ...pairs])] },
      ...long.map(containsWord),
      ...filterConditions(filter),
    ]);
    const sql = `SELECT s.post_id AS id, ${score.sql} AS score FROM post_search s JOIN posts p ON p.id = s.post_id
      WHERE ${where.sql} ORDER BY s.post_id DESC LIMIT ${RANKED_HITS}`;
    return readLong<Hit>(options, sql, ...score.parameters, ...where.parameters);
  }
}

interface Hit {
  id: number;
  score: number;
}

/** A word in the title counts twice what one among the tags does. */
function scoreOf(words: readonly string[]): Sql {
  const each = words.map(
    () => '2 * CAST(strpos(s.folded_title, ?) > 0 AS INT) + CAST(strpos(s.folded_tags, ?) > 0 AS INT)',
  );
  return { sql: each.join(' + '), parameters: words.flatMap((word) => [word, word]) };
}

function containsWord(word: string): Sql {
  const columns = ['title', 'text', 'tags'].map((column) => `strpos(s.folded_${column}, ?) > 0`);
  return { sql: `(${columns.join(' OR ')})`, parameters: columns.map(() => word) };
}

/** No word has a space in it, so that what has one is never asked for. */
function trigramsOf(text: string): string[] {
  const characters = Array.from(text);
  const trigrams = new Set<string>();
  for (let index = 0; index + 2 < characters.length; index += 1) {
    const trigram = characters.slice(index, index + 3).join('');
    if (!/\s/.test(trigram)) trigrams.add(trigram);
  }
  return [...trigrams];
}

function gramsOf(texts: readonly string[]): string[] {
  return [...new Set([...texts.flatMap(trigramsOf), ...pairsOf(texts.join(' ')).split(' ').filter(Boolean)])];
}

/** @see https://www.postgresql.org/docs/14/arrays.html#ARRAYS-IO */
function arrayLiteral(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`).join(',')}}`;
}
