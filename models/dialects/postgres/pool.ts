import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { Pool, types, type DatabaseError, type PoolClient, type QueryResult } from 'pg';
import { UniqueViolation, type Parameter } from '../../queries.js';

/** Texts whose form for PostgreSQL is in memory. */
const MAX_TEXTS = 1_000;
/** The server's own limit comes first, unless it does not answer at all. */
const NO_ANSWER_MS = 1_000;
const UNIQUE_VIOLATION = '23505';

export interface PoolOptions {
  url: string;
  connections: number;
  /** What the server lets a statement take. */
  statementTimeoutMs: number;
  /** Settings of each connection, such as `lock_timeout`. */
  settings?: Readonly<Record<string, string | number>>;
  /** How long a caller waits for a free connection. */
  waitMs: number;
}

export type { Pool };
export type Client = PoolClient;

/** A pool of connections. They open with their first statement; one that breaks is replaced by the next statement. */
export function createPool({ url, connections, statementTimeoutMs, waitMs, settings = {} }: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: withSettings(url, { timezone: 'UTC', ...settings }),
    max: connections,
    connectionTimeoutMillis: waitMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + NO_ANSWER_MS,
    keepAlive: true,
    application_name: 'allium',
    types: { getTypeParser: parserOf },
  });
  pool.on('connect', (client) => void client.on('error', () => {})); // its statement fails as well
  pool.on('error', () => {}); // of an idle connection: the next statement gets another one
  return pool;
}

/** Behind the options that the address has already: of two for one setting the server takes the last. */
function withSettings(url: string, settings: Readonly<Record<string, string | number>>): string {
  const address = new URL(url);
  const own = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  address.searchParams.set('options', [address.searchParams.get('options'), ...own].filter(Boolean).join(' '));
  return address.href;
}

/** Whether a connection can be used after this error: one from the server leaves it as it was. */
export const isUsableAfter = (error: unknown): boolean => (error as { severity?: string }).severity === 'ERROR';

/**
 * Runs a statement, which the connection prepares on first use.
 *
 * @param prepared false for texts that are many, such as those of searches: a connection never forgets one. Without a
 * name a statement is planned for its values, which a rare tag and a common one need anyway.
 * @throws UniqueViolation, and the server's errors
 */
export async function run<Row extends object>(
  client: Client | Pool,
  sql: string,
  parameters: readonly Parameter[],
  prepared = true,
): Promise<QueryResult<Row>> {
  const { name, text } = statementOf(sql);
  try {
    return await client.query<Row>({ ...(prepared && { name }), text, values: [...parameters] });
  } catch (error) {
    throw failure(error);
  }
}

const statements = new LRUCache<string, { name: string; text: string }>({ max: MAX_TEXTS });

/** `?` as `$1`, `$2` …, and a name to prepare the statement under. */
function statementOf(sql: string): { name: string; text: string } {
  let statement = statements.get(sql);
  if (!statement) {
    let parameter = 0;
    const text = sql.replaceAll(/'[^']*'|\?/g, (part) => (part === '?' ? `$${(parameter += 1)}` : part));
    statement = { name: createHash('sha256').update(text).digest('base64url').slice(0, 22), text };
    statements.set(sql, statement);
  }
  return statement;
}

function failure(error: unknown): unknown {
  const { code, detail } = error as DatabaseError;
  if (code !== UNIQUE_VIOLATION) return error;
  const columns = /^Key \((.*?)\)=/.exec(detail ?? '')?.[1] ?? '';
  return new UniqueViolation(columns.split(', '), error);
}

const { BOOL, FLOAT8, INT2, INT4, INT8, NUMERIC, TIMESTAMPTZ } = types.builtins;

/** Numbers are numbers: ids and counts stay below 2^53. Times are ISO 8601 text, and so is all else. */
const parsers = new Map<number, (value: string) => unknown>([
  ...[INT2, INT4, INT8, NUMERIC, FLOAT8].map((type) => [type, Number] as const),
  [BOOL, (value) => value === 't'],
  [TIMESTAMPTZ, isoTime],
]);
const asText = (value: string) => value;
const parserOf = (type: number) => parsers.get(type) ?? asText;

/** `2026-11-20 10:25:04.35+00`, since the connection's time zone is UTC. */
function isoTime(value: string): string {
  const [second = '', fraction = ''] = value.replace(/\+00$/, '').split('.');
  return `${second.replace(' ', 'T')}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}
