import type { ListFilter, ListOrder, PostFinder } from '../../../posts/post-finder.js';
import { postTables, summaryColumn, summaryOf, type SummaryRow } from '../../../posts/post-rows.js';
import { ReadEnded, type Queries, type Sql } from '../../../queries.js';
import type { Engine } from '../../engine.js';
import {
  countOf,
  idsIn,
  isIndexed,
  orderBy,
  partsOf,
  publishedSize,
  publishedSizes,
  type ListPlan,
  type Slice,
} from './list-sql.js';
import { filterCounts, type FilterLead } from './search-sql.js';

/** Rows of an index that a short read may skip. */
const FEW_SKIPPED = 1_000;
/** What it costs to read the order from a post's row, by what it costs to check a post in indexes. */
const ROW_COST = 5;
/** A sort may cost this much even where a walk should cost less: a walk takes longer where the order goes by the filter. */
const CHEAP = 12_000;
/** How long a walk may run. */
const WALK_MS = 200;
/** A page after a cursor has no total: beyond so many posts the number only matters little. */
const COUNTED_AFTER = 4_000;
/** SQLite's word for no limit. */
const NO_LIMIT = -1;

type Run = Queries['select'];

/** One page of one list. */
interface Listed {
  filter: ListFilter;
  order: ListOrder;
  slice: Slice;
}
type ListedRow = SummaryRow & Counted & { id: number; sortValue: string | number };

interface Counted {
  /** How many there are on all pages. */
  total: number | null;
}

/** Lists of posts. What a page costs depends on its length and depth, not on how many posts there are. */
export function createSqliteLists({
  read,
  readLong,
  words,
}: Pick<Engine, 'read' | 'readLong' | 'words'>): Pick<PostFinder, 'page' | 'after'> {
  const summary = summaryColumn(words);
  // LEFT and CROSS JOIN keep posts outermost (https://www.sqlite.org/optoverview.html#crossjoin): their index gives the order.
  const tables = postTables('CROSS JOIN').replace('posts p', 'posts p ON p.id = listed.id');

  return {
    async page(filter, order, slice, signal) {
      const listed = { filter, order, slice };
      if (isShort(listed)) return shortPage(listed);
      const { plan, lead, total } = await planOf(listed, NO_LIMIT, signal);
      const rows = slice.skip < total ? await longRows(plan, lead, listed, signal) : [];
      return { rows: rows.map(summaryOf), total };
    },

    async after(filter, order, { limit, after }, signal) {
      const listed = { filter, order, slice: { limit: limit + 1, skip: 0, after } };
      const rows = isShort(listed) ? await rowsOf('index', listed, read) : await rowsAfter(listed, signal);
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return { rows: rows.slice(0, limit).map(summaryOf), next: last ? [last.sortValue, last.id] : null };
    },
  };

  function reading(signal: AbortSignal | undefined, timeoutMs?: number): Run {
    return (sql, ...parameters) => readLong({ signal, timeoutMs }, sql, ...parameters);
  }

  /** The total comes with the rows. Beyond the last page there are none, and posts all the same. */
  async function shortPage(listed: Listed) {
    const total = publishedSize(partsOf(listed.filter)[0] ?? 'status', listed.filter);
    const rows = await rowsOf('index', listed, read, total);
    const [counted] = rows[0] || listed.slice.skip === 0 ? rows : await read<Counted>(...statement(total));
    return { rows: rows.map(summaryOf), total: counted?.total ?? 0 };
  }

  /** What is skipped is skipped in indexes alone; only the page itself is joined. */
  function rowsOf(plan: ListPlan, { filter, order, slice }: Listed, run: Run, total = NO_TOTAL) {
    const ids = idsIn(plan, filter, order, slice);
    const sql = `SELECT ${summary}, p.id, p.${order.column} AS sortValue, (${total.sql}) AS total
      FROM (${ids.sql}) listed CROSS JOIN ${tables} ${orderBy('p', order)}`;
    return run<ListedRow>(sql, ...total.parameters, ...ids.parameters);
  }

  async function rowsAfter(listed: Listed, signal: AbortSignal | undefined) {
    const { plan, lead } = await planOf(listed, COUNTED_AFTER, signal);
    return longRows(plan, lead, listed, signal);
  }

  /** Gives a walk up that takes longer than expected, since what matches lies far behind in its order: a sort is left. */
  async function longRows(plan: ListPlan, lead: FilterLead, listed: Listed, signal: AbortSignal | undefined) {
    if (plan !== 'walk') return rowsOf(plan, listed, reading(signal));
    try {
      return await rowsOf(plan, listed, reading(signal, WALK_MS));
    } catch (error) {
      if (!(error instanceof ReadEnded && error.reason === 'timeout')) throw error;
      return rowsOf(lead, listed, reading(signal));
    }
  }

  /**
   * Counts what matches, and finds the cheapest way to the page.
   *
   * @param most what the total needs to count up to, where no counter has it.
   */
  async function planOf(
    { filter, order, slice }: Listed,
    most: number,
    signal: AbortSignal | undefined,
  ): Promise<{ plan: ListPlan; lead: FilterLead; total: number }> {
    const run = reading(signal);
    const parts = partsOf(filter);
    const published = filter.status === 'published';
    const counting = published ? publishedSizes(filter) : filterCounts(filter);
    const [sizes] = await run<Record<FilterLead, number>>(...statement(counting));
    if (!sizes) throw new Error('a SELECT without FROM has one row');
    const lead: FilterLead = parts.toSorted((one, other) => sizes[one] - sizes[other])[0] ?? 'status';
    const isCounted = published && parts.length < 2 && (filter.tagIds?.length ?? 0) < 2;
    const total = isCounted ? sizes[lead] : await counted(lead, filter, most, run);
    if (isIndexed(filter, order)) return { plan: 'index', lead, total };
    const walked = ((slice.skip + slice.limit) * sizes.status) / Math.max(total, 1);
    const sorted = sizes[lead] + ROW_COST * total;
    return { plan: sorted <= Math.max(walked, CHEAP) ? lead : 'walk', lead, total };
  }
}

async function counted(lead: FilterLead, filter: ListFilter, most: number, run: Run): Promise<number> {
  const [row] = await run<{ total: number }>(...statement(countOf(lead, filter, most)));
  return row?.total ?? 0;
}

const NO_TOTAL: Sql = { sql: 'NULL', parameters: [] };

/** One index gives filter and order, and a counter the total, so that the page is all that is read. */
function isShort({ filter, order, slice }: Listed): boolean {
  return filter.status === 'published' && isIndexed(filter, order) && slice.skip <= FEW_SKIPPED;
}

const statement = ({ sql, parameters }: Sql): [string, ...Sql['parameters']] => [sql, ...parameters];
