/**
 * The SQL of a search with SQLite's FTS5. One of three things leads: the long words, the short ones, or a filter; each
 * post that it finds is checked for the others. A statement covers a window of ids, so that its cost has a bound.
 */

import type { ListFilter } from '../../../posts/post-finder.js';
import type { SearchTerms } from '../../../posts/search-terms.js';
import type { Sql } from '../../../queries.js';

export interface SearchQuery extends SearchTerms {
  filter: ListFilter;
}

/** What leads. After `words` a window's short words are looked up as a set, after `few words` for each post. */
export type Lead = 'words' | 'few words' | 'pairs' | FilterLead;
export type FilterLead = 'tags' | 'author' | 'category' | 'followed' | 'status';

/** Ids above `low` and up to `high`; or the newest ids there are. */
export type Window = { low: number; high: number } | { newest: number };

/** A hit as `hitsIn` selects it: the better, the lower its score. */
export interface Hit {
  id: number;
  score: number;
}

/** Selects the newest hits in a window. */
export function hitsIn(window: Window, query: SearchQuery, lead: Lead, limit: number): Sql {
  const { source, id, text, conditions } = leading(window, query, lead);
  const score = scoreOf(query.words, text);
  const checks = [...conditions, ...filterConditions(query.filter)];
  return {
    sql: `SELECT ${id} AS id, ${score.sql} AS score
      FROM ${source.sql} CROSS JOIN posts p INDEXED BY posts_for_search ON p.id = ${id}
      ${text === 'found' ? `CROSS JOIN post_search found ON found.rowid = ${id}` : ''}
      WHERE ${checks.map(({ sql }) => sql).join(' AND ')}
      ${isFilterLead(lead) ? '' : `ORDER BY ${id} DESC`} LIMIT ?`,
    parameters: [...score.parameters, ...source.parameters, ...checks.flatMap(({ parameters }) => parameters), limit],
  };
}

interface Leading {
  source: Sql;
  /** Of the post that it has found. */
  id: string;
  /** The row of `post_search` that holds the post's text, where one is needed. */
  text: 'hit' | 'found' | undefined;
  conditions: Sql[];
}

function leading(window: Window, { long, pairs, filter }: SearchQuery, lead: Lead): Leading {
  const text = long.length > 0 ? 'found' : undefined;
  if (isFilterLead(lead)) {
    const conditions = [...pairs.map(hasPair), ...long.map(containsWord)];
    return { source: postsBy(lead, filter, window), id: 'hit.id', text, conditions };
  }
  const table = lead === 'pairs' ? 'post_pairs' : 'post_search';
  const matching = matches('hit', table, lead === 'pairs' ? pairs : long, window);
  const source = { sql: `${table} hit`, parameters: [] };
  if (lead === 'pairs') return { source, id: 'hit.rowid', text, conditions: [matching, ...long.map(containsWord)] };
  const rest = lead === 'words' ? (pairs.length > 0 ? [isAmongPairs(pairs, window)] : []) : pairs.map(hasPair);
  return { source, id: 'hit.rowid', text: 'hit', conditions: [matching, ...rest] };
}

const isFilterLead = (lead: Lead): lead is FilterLead => lead !== 'words' && lead !== 'few words' && lead !== 'pairs';

/** Any text is a safe query: inside quotes only the quote itself has a meaning. */
const matchAll = (terms: readonly string[]) => terms.map((term) => `"${term.replaceAll('"', '""')}"`).join(' AND ');

function matches(alias: string, table: string, terms: readonly string[], window: Window): Sql {
  const within = idIn(`${alias}.rowid`, window);
  return {
    sql: `${alias}.${table} MATCH ? AND ${within.sql}`,
    parameters: [matchAll(terms), ...within.parameters],
  };
}

function idIn(id: string, window: Window): Sql {
  if ('newest' in window) return { sql: `${id} > (SELECT max(id) - ? FROM posts)`, parameters: [window.newest] };
  return { sql: `${id} > ? AND ${id} <= ?`, parameters: [window.low, window.high] };
}

/** Without the `+` SQLite would run the MATCH once for each of these ids, which takes a hundred times as long. */
function isAmongPairs(pairs: readonly string[], window: Window): Sql {
  const { sql, parameters } = matches('pair', 'post_pairs', pairs, window);
  return { sql: `+hit.rowid IN (SELECT pair.rowid FROM post_pairs pair WHERE ${sql})`, parameters };
}

function hasPair(token: string): Sql {
  const sql = 'EXISTS (SELECT 1 FROM post_pairs pair WHERE pair.post_pairs MATCH ? AND pair.rowid = p.id)';
  return { sql, parameters: [matchAll([token])] };
}

/** Case that SQLite's own `lower` does not know: it leaves all but ASCII alone. */
const hasForeignCase = (word: string) =>
  word.toUpperCase() !== word.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase());

/** FTS5 looks for the next row that matches, however far away; a look into the text costs the same for any word. */
function containsWord(word: string): Sql {
  if (hasForeignCase(word)) {
    const sql = 'EXISTS (SELECT 1 FROM post_search word WHERE word.post_search MATCH ? AND word.rowid = p.id)';
    return { sql, parameters: [matchAll([word])] };
  }
  const columns = ['title', 'text', 'tags'].map((column) => `instr(lower(found.${column}), ?) > 0`);
  return { sql: `(${columns.join(' OR ')})`, parameters: columns.map(() => word) };
}

/**
 * A word in the title counts twice what one among the tags does. Not FTS5's own bm25(): how rare a word is it finds out
 * by reading all hits, at each search again.
 */
function scoreOf(words: readonly string[], text: Leading['text']): Sql {
  if (!text) return { sql: '0', parameters: [] };
  const each = words.map(() => `2 * (instr(lower(${text}.title), ?) > 0) + (instr(${text}.tags, ?) > 0)`);
  return { sql: `-(${each.join(' + ')})`, parameters: words.flatMap((word) => [word, word]) };
}

const FOLLOWED = 'author_id IN (SELECT followee_id FROM follows WHERE follower_id = ?)';

/** Answered from the index `posts_for_search` alone. */
export function filterConditions(filter: ListFilter, alias = 'p'): Sql[] {
  const { status, categoryId, authorId, tagIds, followedBy } = filter;
  const conditions: Sql[] = [{ sql: `${alias}.status = ?`, parameters: [status] }];
  if (categoryId !== undefined) conditions.push({ sql: `${alias}.category_id = ?`, parameters: [categoryId] });
  if (authorId !== undefined) conditions.push({ sql: `${alias}.author_id = ?`, parameters: [authorId] });
  if (followedBy !== undefined) conditions.push({ sql: `${alias}.${FOLLOWED}`, parameters: [followedBy] });
  if (tagIds) {
    // Not EXISTS: SQLite 3.52 makes a join of it, and OFFSET then skips a post once for each of its tags.
    const sql = `(SELECT 1 FROM post_tags t WHERE t.post_id = ${alias}.id AND t.tag_id IN (SELECT value FROM json_each(?)) LIMIT 1)`;
    conditions.push({ sql, parameters: [JSON.stringify(tagIds)] });
  }
  return conditions;
}

/** A filter leads only where it has no more posts than this, */
export const FEW_BY_FILTER = 4_000;
/** and short words where they have no more than this; long words with short ones to be checked for each of their posts. */
export const FEW_BY_PAIRS = 4_000;
export const FEW_BY_WORDS = 2_000;

/** The posts of one filter, newest first, by an index that holds nothing else. The limit keeps this a list of its own. */
function postsBy(lead: FilterLead, filter: ListFilter, window: Window): Sql {
  const { id, sql, parameters } = indexed(lead, filter);
  const within = idIn(id, window);
  return {
    sql: `(SELECT DISTINCT ${id} AS id ${sql} AND ${within.sql} ORDER BY 1 DESC LIMIT ${FEW_BY_FILTER + 1}) hit`,
    parameters: [...parameters, ...within.parameters],
  };
}

/** FROM and WHERE for the posts of one part of a filter; those with a tag may have another status. */
export function indexed(lead: FilterLead, filter: ListFilter): Sql & { id: string } {
  const { status, categoryId, authorId, tagIds, followedBy } = filter;
  if (lead === 'tags') {
    const sql = 'FROM post_tags WHERE tag_id IN (SELECT value FROM json_each(?))';
    return { id: 'post_id', sql, parameters: [JSON.stringify(tagIds ?? [])] };
  }
  const from = (index: string, column: string, value: number | undefined) => ({
    id: 'id',
    sql: `FROM posts INDEXED BY ${index} WHERE ${column} = ? AND status = ?`,
    parameters: [value ?? 0, status],
  });
  if (lead === 'author') return from('posts_by_author', 'author_id', authorId);
  if (lead === 'category') return from('posts_by_category', 'category_id', categoryId);
  if (lead === 'followed') {
    const sql = `FROM posts INDEXED BY posts_by_author WHERE ${FOLLOWED} AND status = ?`;
    return { id: 'id', sql, parameters: [followedBy ?? 0, status] };
  }
  return { id: 'id', sql: 'FROM posts INDEXED BY posts_by_publication WHERE status = ?', parameters: [status] };
}

/** Selects how many posts each part of the filter has, none counted beyond `FEW_BY_FILTER + 1`. */
export function filterCounts(filter: ListFilter): Sql {
  const leads: FilterLead[] = ['status'];
  if (filter.tagIds) leads.push('tags');
  if (filter.authorId !== undefined) leads.push('author');
  if (filter.categoryId !== undefined) leads.push('category');
  if (filter.followedBy !== undefined) leads.push('followed');
  const counts = leads.map((lead) => {
    const { sql, parameters } = indexed(lead, filter);
    return { sql: `(SELECT count(*) FROM (SELECT 1 ${sql} LIMIT ${FEW_BY_FILTER + 1})) AS ${lead}`, parameters };
  });
  return {
    sql: `SELECT ${counts.map(({ sql }) => sql).join(', ')}`,
    parameters: counts.flatMap(({ parameters }) => parameters),
  };
}

/** Selects how many posts up to `high` have all terms, none counted beyond `most + 1`. */
export function matchCount(table: 'post_search' | 'post_pairs', terms: readonly string[], most: number): Sql {
  return {
    sql: `SELECT count(*) AS count FROM (SELECT 1 FROM ${table} WHERE ${table} MATCH ? LIMIT ${most + 1})`,
    parameters: [matchAll(terms)],
  };
}
