import type { ListFilter, ListOrder, PostFinder } from '../../../posts/post-finder.js';
import { postTables, summaryColumn, summaryOf, type SummaryRow } from '../../../posts/post-rows.js';
import type { Sql } from '../../../queries.js';
import type { Engine } from '../../engine.js';
import { postgresWords } from '../words.js';
import { afterCursor, allOf, countedTotal, filterConditions, isIndexed, orderBy } from './list-sql.js';
import { createPostSearch } from './post-search.js';

type ListedRow = SummaryRow & { id: number; sortValue: string | number };
type Reads = Pick<Engine, 'read' | 'readLong' | 'write'>;

/** Entries of an index that a short read may skip. */
const FEW_SKIPPED = 1_000;
const SUMMARY = summaryColumn(postgresWords);

/** Lists by PostgreSQL's own planner: it knows how many posts each part of a filter has. */
export function createPostFinder(engine: Reads): PostFinder {
  const { read, readLong } = engine;

  return {
    async page(filter, order, window, signal) {
      const run = isShort(filter, order, window) ? read : longReads(signal);
      const conditions = allOf(filterConditions(filter));
      const total = countedTotal(filter) ?? {
        sql: `SELECT count(*) AS total FROM posts p WHERE ${conditions.sql}`,
        parameters: conditions.parameters,
      };
      const [rows, [counted]] = await Promise.all([
        rowsOf(run, conditions, order, window),
        run<Record<string, number>>(total.sql, ...total.parameters),
      ]);
      return { rows: rows.map(summaryOf), total: Object.values(counted ?? {})[0] ?? 0 };
    },

    async after(filter, order, { limit, after }, signal) {
      const position = after && afterCursor(order, after);
      if (after && !position) return { rows: [], next: null };
      const run = isShort(filter, order, { skip: 0 }) ? read : longReads(signal);
      const conditions = allOf([...filterConditions(filter), ...(position ? [position] : [])]);
      const rows = await rowsOf(run, conditions, order, { limit: limit + 1, skip: 0 });
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return { rows: rows.slice(0, limit).map(summaryOf), next: last ? [last.sortValue, last.id] : null };
    },

    search: createPostSearch(engine),
  };

  function longReads(signal: AbortSignal | undefined): Engine['read'] {
    return (sql, ...parameters) => readLong({ signal }, sql, ...parameters);
  }
}

/** What is skipped is skipped in the index alone; only the page itself is joined. */
function rowsOf(
  run: Engine['read'],
  conditions: Sql,
  order: ListOrder,
  { limit, skip }: { limit: number; skip: number },
) {
  const ids = `SELECT p.id FROM posts p WHERE ${conditions.sql} ${orderBy(order)} LIMIT ? OFFSET ?`;
  const tables = postTables().replace('posts p', `(${ids}) listed JOIN posts p ON p.id = listed.id`);
  const sql = `SELECT ${SUMMARY}, p.id, p.${order.column} AS "sortValue" FROM ${tables} ${orderBy(order)}`;
  return run<ListedRow>(sql, ...conditions.parameters, limit, skip);
}

function isShort(filter: ListFilter, order: ListOrder, { skip }: { skip: number }): boolean {
  return countedTotal(filter) !== undefined && isIndexed(filter, order) && skip <= FEW_SKIPPED;
}
