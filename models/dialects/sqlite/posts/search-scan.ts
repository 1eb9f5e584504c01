import { ReadEnded, type Sql } from '../../../queries.js';
import type { Engine } from '../../engine.js';
import {
  FEW_BY_FILTER,
  FEW_BY_PAIRS,
  FEW_BY_WORDS,
  filterCounts,
  hitsIn,
  matchCount,
  type FilterLead,
  type Hit,
  type Lead,
  type SearchQuery,
  type Window,
} from './search-sql.js';

/** Of more hits than these the newest are ranked: ranking all would cost more the more posts there are. */
const RANKED_HITS = 100;
/** Time that SQLite may take for the hits of one search. What has not been looked at by then is not found. */
const BUDGET_MS = 60;
/** The share of the time left that one window may take, so that a smaller one can follow. */
const WINDOW_SHARE = 0.6;
/** Ids in the first window: with words that are common it has all the hits that are ranked. */
const FIRST_WINDOW = 8_192;
const SMALLEST_WINDOW = 64;
/** From one window to the next, at most. */
const GROWTH = 16;
/** Time for a count that only helps to decide. */
const COUNT_MS = 10;

/**
 * Finds the newest hits, in windows from the newest post to the oldest. How large the next window may be follows from
 * what the last one took. The time has an end whatever the words are: each trigram of a word may be in every post and
 * the word in none, which no index says beforehand.
 *
 * @param signal ends the search. @throws ReadEnded
 */
export async function scanForHits(
  { read, readLong }: Pick<Engine, 'read' | 'readLong'>,
  query: SearchQuery,
  signal: AbortSignal | undefined,
): Promise<Hit[]> {
  const hits = new Map<number, Hit>();
  let leftMs = BUDGET_MS;
  const firstLead = query.long.length > 0 ? 'words' : 'pairs';

  const first = await windowed({ newest: FIRST_WINDOW }, firstLead);
  if (hits.size >= RANKED_HITS) return [...hits.values()];
  const [newest] = await read<{ id: number | null }>('SELECT max(id) AS id FROM posts');
  const high = (newest?.id ?? 0) - (first ? FIRST_WINDOW : 0);
  if (high > 0) await scanBelow(high, await bestLead(), first ? FIRST_WINDOW * 2 : SMALLEST_WINDOW);
  return [...hits.values()];

  async function scanBelow(from: number, lead: Lead, firstWidth: number): Promise<void> {
    let high = from;
    let width = firstWidth;
    while (high > 0 && hits.size < RANKED_HITS && hasTime()) {
      const low = Math.max(0, high - width);
      const before = leftMs;
      const done = await windowed({ low, high }, lead);
      const growth = done ? (leftMs * WINDOW_SHARE) / 2 / Math.max(before - leftMs, 0.1) : 1 / GROWTH;
      width = Math.max(SMALLEST_WINDOW, Math.round(width * Math.min(growth, GROWTH)));
      if (done) high = low;
    }
  }

  function hasTime(): boolean {
    return leftMs > 1;
  }

  /** @returns whether SQLite got through the window in its share of the time. */
  async function windowed(window: Window, lead: Lead): Promise<boolean> {
    const found = await timed<Hit>(hitsIn(window, query, lead, RANKED_HITS - hits.size), leftMs * WINDOW_SHARE);
    for (const hit of found ?? []) hits.set(hit.id, hit);
    return found !== undefined;
  }

  /** Undefined when it took too long. The time in the queue does not count. */
  async function timed<Row extends object>({ sql, parameters }: Sql, timeoutMs: number): Promise<Row[] | undefined> {
    let startedAt = performance.now();
    const onStart = () => (startedAt = performance.now());
    try {
      return await readLong<Row>({ signal, timeoutMs, onStart }, sql, ...parameters);
    } catch (error) {
      if (error instanceof ReadEnded && error.reason === 'timeout') return undefined;
      throw error;
    } finally {
      leftMs -= performance.now() - startedAt;
    }
  }

  /** The part of the query with few posts, if there is one. */
  async function bestLead(): Promise<Lead> {
    const [counts] = (await timed<Record<FilterLead, number>>(filterCounts(query.filter), COUNT_MS)) ?? [];
    const [fewest] = Object.entries(counts ?? {}).toSorted(([, one], [, other]) => one - other);
    if (fewest && fewest[1] <= FEW_BY_FILTER) return fewest[0] as FilterLead;
    if (query.long.length === 0 || query.pairs.length === 0) return firstLead;
    if (await isFew('post_search', query.long, FEW_BY_WORDS)) return 'few words';
    return (await isFew('post_pairs', query.pairs, FEW_BY_PAIRS)) ? 'pairs' : 'words';
  }

  async function isFew(table: 'post_search' | 'post_pairs', terms: readonly string[], most: number): Promise<boolean> {
    const [row] = (await timed<{ count: number }>(matchCount(table, terms, most), COUNT_MS)) ?? [];
    return row !== undefined && row.count <= most;
  }
}
