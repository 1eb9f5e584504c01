import { createHash } from 'node:crypto';
import type { Database } from './index.js';
import type { Queries, Transaction } from './queries.js';

/** The other database has rows already, or what has arrived is not what was sent. Nothing has been written. */
export class CopyRefused extends Error {
  override readonly name = 'CopyRefused';
  constructor(
    readonly reason: 'not empty' | 'different',
    readonly table: string,
  ) {
    super(`${table}: ${reason}`);
  }
}

export interface CopiedTable {
  table: string;
  rows: number;
  /** SHA-256 of all rows in the order of their keys, the same in both databases. */
  checksum: string;
}

/** Leases belong to running processes; migrations have run on each side; the search index is built from its texts. */
const NOT_COPIED = ['leases', 'migrations', 'post_search'];
/** New databases have categories already. */
const REPLACED = ['categories'];
const SEARCH = 'post_search';

/** For one statement: some count a whole table, or sort it by its key. */
export const COPY_TIMEOUT_MS = 10 * 60_000;

/** Rows that are read at once, and characters that are sent at once: a post may have 100,000. */
const BATCH = 500;
const MAX_SENT = 4_000_000;

/**
 * Copies everything from SQLite to a migrated, empty PostgreSQL database, in one transaction on each side: the
 * source is locked for writes meanwhile, and the target has all of it or nothing.
 *
 * @param to opened with a `writeTimeoutMs` of COPY_TIMEOUT_MS.
 * @param progress receives how many of a table's rows are copied.
 * @throws CopyRefused
 */
export function copyToPostgres(
  from: Database,
  to: Database,
  progress: (table: string, done: number, total: number) => void,
): Promise<CopiedTable[]> {
  return from.engine.write((source) =>
    to.engine.write(async (target) => {
      const tables = await tablesOf(target);
      for (const { name } of tables) await requireEmpty(target, name);
      for (const name of REPLACED) await target.execute(`DELETE FROM ${name}`);
      const copied: CopiedTable[] = [];
      for (const { name, key } of tables) copied.push(await copyTable(source, target, name, key, progress));
      await indexPosts(source, target, to, progress);
      return copied;
    }),
  );
}

interface Table {
  name: string;
  /** The columns of its primary key. */
  key: string[];
  /** Other tables that it refers to. */
  parents: string[];
}

const TABLES = `SELECT t.relname AS name,
    (SELECT json_agg(a.attname ORDER BY array_position(CAST(i.indkey AS INT2[]), a.attnum))
       FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
       WHERE i.indrelid = t.oid AND i.indisprimary) AS key,
    (SELECT coalesce(json_agg(p.relname), '[]')
       FROM pg_constraint f JOIN pg_class p ON p.oid = f.confrelid
       WHERE f.conrelid = t.oid AND f.contype = 'f' AND p.oid <> t.oid) AS parents
  FROM pg_class t WHERE t.relkind = 'r' AND t.relnamespace = CAST(current_schema() AS regnamespace)
  ORDER BY t.relname`;

/** Every table that is copied, those first that others refer to. */
async function tablesOf(target: Queries): Promise<Table[]> {
  const rows = await target.select<Record<keyof Table, string>>(TABLES);
  let waiting = rows
    .map(({ name, key, parents }): Table => ({
      name,
      key: JSON.parse(key) as string[],
      parents: JSON.parse(parents) as string[],
    }))
    .filter(({ name }) => !NOT_COPIED.includes(name));
  const ordered: Table[] = [];
  while (waiting.length > 0) {
    const names = waiting.map(({ name }) => name);
    const isReady = ({ parents }: Table) => !parents.some((parent) => names.includes(parent));
    const ready = waiting.filter(isReady);
    if (ready.length === 0) throw new Error(`these tables refer to each other: ${names.join(', ')}`);
    ordered.push(...ready);
    waiting = waiting.filter((table) => !isReady(table));
  }
  return ordered;
}

async function requireEmpty(target: Queries, table: string): Promise<void> {
  if (!REPLACED.includes(table) && (await countOf(target, table)) > 0) throw new CopyRefused('not empty', table);
}

/** Counters arrive as rows: triggers would count everything twice. */
async function copyTable(
  source: Transaction,
  target: Transaction,
  table: string,
  key: readonly string[],
  progress: (table: string, done: number, total: number) => void,
): Promise<CopiedTable> {
  const types = await columnsOf(target, table);
  const total = await countOf(source, table);
  await target.execute(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  const names = Object.keys(types).join(', ');
  const insert = `INSERT INTO ${table} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::${table}, CAST(? AS json))`;
  const sent = checksum();
  let done = 0;
  for await (const rows of batches(source, table, key)) {
    const values = rows.map((row) => normalized(row, types));
    for (const part of parts(values)) await target.execute(insert, `[${part.join(',')}]`);
    values.forEach(sent.add);
    done += rows.length;
    progress(table, done, total);
  }
  await target.execute(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  if (types['id']?.endsWith('int') || types['id'] === 'integer') {
    await target.select(
      `SELECT setval(numbers, greatest((SELECT max(id) FROM ${table}), 1))
        FROM pg_get_serial_sequence('${table}', 'id') numbers WHERE numbers IS NOT NULL`,
    );
  }

  const arrived = checksum();
  for await (const rows of batches(target, table, key)) rows.map((row) => normalized(row, types)).forEach(arrived.add);
  const [before, after] = [sent.end(), arrived.end()];
  if (before !== after || (await countOf(target, table)) !== total) throw new CopyRefused('different', table);
  return { table, rows: total, checksum: after };
}

/** The texts are copied and the index is built from them: each database has its own. */
async function indexPosts(
  source: Transaction,
  target: Transaction,
  { models }: Database,
  progress: (table: string, done: number, total: number) => void,
): Promise<void> {
  const total = await countOf(source, SEARCH);
  let done = 0;
  for (let after = 0; ;) {
    const rows = await source.select<{ id: number; title: string; text: string; tags: string }>(
      `SELECT rowid AS id, title, text, tags FROM ${SEARCH} WHERE rowid > ? ORDER BY rowid LIMIT ${BATCH}`,
      after,
    );
    const last = rows.at(-1);
    if (!last) return;
    for (const { id, tags, ...texts } of rows) {
      await models.posts.index(target, id, { ...texts, tags: tags.split(' ').filter(Boolean) });
    }
    after = last.id;
    done += rows.length;
    progress(SEARCH, done, total);
  }
}

type Row = Record<string, string | number | boolean | null>;

async function* batches(queries: Queries, table: string, key: readonly string[]): AsyncGenerator<Row[]> {
  const names = key.join(', ');
  const first = `SELECT * FROM ${table} ORDER BY ${names} LIMIT ${BATCH}`;
  const next = first.replace('ORDER BY', `WHERE (${names}) > (${key.map(() => '?').join(', ')}) ORDER BY`);
  let rows = await queries.select<Row>(first);
  while (rows.length > 0) {
    yield rows;
    const last = rows.at(-1);
    rows = await queries.select<Row>(next, ...key.map((column) => last?.[column] ?? null));
  }
}

/** A row as JSON with its columns in one order, whichever database it is from. */
function normalized(row: Row, types: Readonly<Record<string, string>>): string {
  const values = Object.entries(types).map(([name, type]): [string, Row[string]] => {
    const value = row[name] ?? null;
    if (value === null) return [name, null];
    if (type === 'boolean') return [name, Boolean(value)];
    return [name, type.startsWith('timestamp') ? new Date(String(value)).toISOString() : value];
  });
  return JSON.stringify(Object.fromEntries(values));
}

function* parts(values: readonly string[]): Generator<string[]> {
  let part: string[] = [];
  let size = 0;
  for (const value of values) {
    if (part.length > 0 && size + value.length > MAX_SENT) {
      yield part;
      [part, size] = [[], 0];
    }
    part.push(value);
    size += value.length;
  }
  if (part.length > 0) yield part;
}

function checksum() {
  const hash = createHash('sha256');
  return { add: (row: string): void => void hash.update(`${row}\n`), end: () => hash.digest('hex') };
}

async function columnsOf(target: Queries, table: string): Promise<Record<string, string>> {
  const rows = await target.select<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
      WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position`,
    table,
  );
  return Object.fromEntries(rows.map(({ name, type }) => [name, type]));
}

async function countOf(queries: Queries, table: string): Promise<number> {
  const [row] = await queries.select<{ count: number }>(`SELECT count(*) AS count FROM ${table}`);
  return row?.count ?? 0;
}
