import sqlite3 from 'sqlite3';
import { ReadEnded, type Parameter, type ReadOptions } from '../../queries.js';
import type { SqliteConnection } from './connection.js';

export interface LaneOptions {
  connections: number;
  /** Reads that SQLite receives at once on a connection: more than one saves a turn of the event loop between two. */
  perConnection: number;
  /** From the call to the last row, time in the queue included. */
  deadlineMs: number;
  maxWaiting: number;
}

interface Read {
  sql: string;
  parameters: readonly Parameter[];
  /** `performance.now()` */
  deadline: number;
  options: ReadOptions | undefined;
  /** Why it has to end; set while SQLite may still be working on it. */
  ended: ReadEnded | undefined;
  resolve: (rows: unknown[]) => void;
  reject: (error: unknown) => void;
}

interface Connection {
  database: SqliteConnection | undefined;
  opening: Promise<SqliteConnection> | undefined;
  running: Set<Read>;
}

/**
 * Runs reads on connections of its own, in the order in which they come. The lane ends a read at its deadline with
 * `interrupt()` (https://www.sqlite.org/c3ref/interrupt.html), so that the connection is free for the next one.
 *
 * `interrupt()` ends all statements of a connection that run at that moment. A read that was not meant runs again; one
 * whose statement a thread has yet to begin is not affected, so that `watch` repeats the call until the read has ended.
 */
export class ReadLane {
  readonly #open: () => Promise<SqliteConnection>;
  readonly #options: LaneOptions;
  readonly #connections: Connection[];
  readonly #waiting: Read[] = [];
  #closed = false;

  constructor(open: () => Promise<SqliteConnection>, options: LaneOptions) {
    this.#open = open;
    this.#options = options;
    this.#connections = Array.from({ length: options.connections }, () => ({
      database: undefined,
      opening: undefined,
      running: new Set<Read>(),
    }));
  }

  /** @throws ReadEnded, and the driver's errors. */
  run<Row>(sql: string, parameters: readonly Parameter[], options?: ReadOptions): Promise<Row[]> {
    const signal = options?.signal;
    if (this.#closed) return Promise.reject(new ReadEnded('closed'));
    if (signal?.aborted) return Promise.reject(new ReadEnded('aborted'));
    if (this.#waiting.length >= this.#options.maxWaiting) return Promise.reject(new ReadEnded('queue full'));
    return new Promise<Row[]>((resolve, reject) => {
      const deadline = performance.now() + this.#options.deadlineMs;
      const read: Read = {
        sql,
        parameters,
        deadline,
        options,
        ended: undefined,
        resolve: resolve as Read['resolve'],
        reject,
      };
      if (signal) this.#endWith(signal, read);
      this.#waiting.push(read);
      this.#startNext();
    });
  }

  /** Ends what is overdue. Called several times a second, which is cheaper than a timer for each read. */
  watch(): void {
    const now = performance.now();
    for (const read of this.#waiting.filter(({ deadline }) => deadline < now)) this.#end(read, 'deadline');
    for (const { running } of this.#connections) {
      for (const read of running) if (read.ended || read.deadline < now) this.#end(read, 'deadline');
    }
  }

  /** Rejects what waits and closes the connections once what runs has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const read of this.#waiting.splice(0)) read.reject(new ReadEnded('closed'));
    await Promise.all(
      this.#connections.map(async ({ opening }) => {
        const database = await opening;
        if (!database) return;
        await new Promise<void>((resolve, reject) => database.close((error) => (error ? reject(error) : resolve())));
      }),
    );
  }

  #startNext(): void {
    for (const connection of this.#connections) {
      while (connection.running.size < this.#options.perConnection) {
        const read = this.#waiting.shift();
        if (!read) return;
        connection.running.add(read);
        if (connection.database) void this.#start(read, connection, connection.database);
        else void this.#openFor(read, connection);
      }
    }
  }

  async #openFor(read: Read, connection: Connection): Promise<void> {
    try {
      connection.database = await (connection.opening ??= this.#open());
      void this.#start(read, connection, connection.database);
    } catch (error) {
      connection.opening = undefined; // the next read tries again
      connection.running.delete(read);
      read.reject(error);
      this.#startNext();
    }
  }

  async #start(read: Read, connection: Connection, database: SqliteConnection): Promise<void> {
    const timeoutMs = read.options?.timeoutMs;
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#end(read, 'timeout'), timeoutMs);
    read.options?.onStart?.();
    let settle: () => void;
    try {
      const rows = await database.rows(read.sql, ...read.parameters);
      settle = () => read.resolve(rows);
    } catch (error) {
      clearTimeout(timer);
      if (isInterrupt(error) && !read.ended) return this.#start(read, connection, database); // another one was meant
      settle = () => read.reject(read.ended ?? error);
    }
    clearTimeout(timer);
    connection.running.delete(read);
    this.#startNext();
    settle();
  }

  #end(read: Read, reason: ReadEnded['reason']): void {
    const index = this.#waiting.indexOf(read);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
      return read.reject(new ReadEnded(reason));
    }
    const connection = this.#connections.find(({ running }) => running.has(read));
    if (!connection) return;
    read.ended ??= new ReadEnded(reason);
    connection.database?.interrupt();
  }

  #endWith(signal: AbortSignal, read: Read): void {
    const abort = () => this.#end(read, 'aborted');
    const { resolve, reject } = read;
    signal.addEventListener('abort', abort, { once: true });
    read.resolve = (rows) => {
      signal.removeEventListener('abort', abort);
      resolve(rows);
    };
    read.reject = (error) => {
      signal.removeEventListener('abort', abort);
      reject(error);
    };
  }
}

function isInterrupt(error: unknown): boolean {
  return (error as { errno?: number }).errno === sqlite3.INTERRUPT;
}
