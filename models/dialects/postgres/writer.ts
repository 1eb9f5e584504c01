import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseBusy, type Parameter, type Transaction, type Write } from '../../queries.js';
import type { Changes, Versions } from '../../versions.js';
import { createPool, run, type Client } from './pool.js';

const CONNECTIONS = 5;
const MAX_WAITING = 1_000;
const MAX_WAIT_MS = 4_000;
const STATEMENT_TIMEOUT_MS = 5_000;
/** A row that is locked for longer must not hold all connections. */
const LOCK_TIMEOUT_MS = 2_000;
/** A connection that does not answer in this time is closed instead, by which the server rolls back as well. */
const ROLLBACK = { text: 'ROLLBACK', query_timeout: 1_000 };
const MAX_ATTEMPTS = 5;
const BACKOFF_MS = 20;
/** serialization_failure, deadlock_detected (https://www.postgresql.org/docs/14/errcodes-appendix.html). */
const TO_REPEAT: readonly (string | undefined)[] = ['40001', '40P01'];

/**
 * Transactions of PostgreSQL run side by side (READ COMMITTED): what a decision rests on is locked by the query that
 * reads it, or by name. One that ends in a deadlock runs again, so that `work` has to be nothing but database calls.
 */
export function createWriter(
  url: string,
  versions: Versions,
  statementTimeoutMs = STATEMENT_TIMEOUT_MS,
): { write: Write; close(): Promise<void> } {
  const pool = createPool({
    url,
    connections: CONNECTIONS,
    statementTimeoutMs,
    settings: { lock_timeout: LOCK_TIMEOUT_MS },
    waitMs: MAX_WAIT_MS,
  });

  return {
    async write(work, changes = []) {
      if (pool.waitingCount >= MAX_WAITING) throw new DatabaseBusy('too many writes wait');
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await transaction(work, changes);
        } catch (error) {
          if (attempt === MAX_ATTEMPTS || !TO_REPEAT.includes((error as { code?: string }).code)) throw error;
          await wait(Math.random() * attempt * BACKOFF_MS);
        }
      }
    },
    close: () => pool.end(),
  };

  async function transaction<Result>(work: (transaction: Transaction) => Promise<Result>, changes: readonly string[]) {
    const client = await connect();
    let begun: Changes | undefined;
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      begun = versions.begin(changes);
      const result = await work(transactionOn(client));
      const { command } = await client.query('COMMIT');
      if (command !== 'COMMIT') throw new Error('a statement of the transaction has failed');
      return result;
    } catch (error) {
      await client.query(ROLLBACK).catch((failure: Error) => (broken = failure));
      throw error;
    } finally {
      begun?.end();
      client.release(broken);
    }
  }

  async function connect(): Promise<Client> {
    try {
      return await pool.connect();
    } catch (error) {
      if ((error as { code?: string }).code !== undefined) throw error;
      throw new DatabaseBusy('the write has waited too long', { cause: error });
    }
  }
}

function transactionOn(client: Client): Transaction {
  return {
    select: async <Row extends object>(sql: string, ...parameters: Parameter[]) =>
      (await run<Row>(client, sql, parameters)).rows,
    execute: async (sql, ...parameters) => (await run(client, sql, parameters)).rowCount ?? 0,
    async lock(name) {
      await run(client, 'SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [name]);
    },
  };
}
