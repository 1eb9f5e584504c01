/** What every dialect offers for running SQL. Only `models/` writes SQL; services pass a `Transaction` on. */

/** A value bound to a `?`. Times are stored to the millisecond, in UTC. */
export type Parameter = string | number | boolean | Date | null;

/** SQL with `?` for each parameter. */
export interface Sql {
  sql: string;
  parameters: Parameter[];
}

export interface Queries {
  /**
   * @param sql one of a fixed set of texts, since each stays prepared.
   * @returns its rows. @throws the driver's error
   */
  select<Row extends object>(sql: string, ...parameters: Parameter[]): Promise<Row[]>;
}

/** A write in progress. */
export interface Transaction extends Queries {
  /** @param sql as for `select`. @returns how many rows it has changed. @throws UniqueViolation */
  execute(sql: string, ...parameters: Parameter[]): Promise<number>;
  /** Waits until no other transaction holds the lock of this name, and holds it to the end. */
  lock(name: string): Promise<void>;
}

/**
 * Runs `work` in a transaction. Only database calls belong inside: other writes may have to wait for it.
 *
 * @param changes the versions that are other ones afterwards: the keys under which what it changes may be cached.
 * @throws DatabaseBusy when it could not begin, and what `work` throws.
 */
export type Write = <Result>(
  work: (transaction: Transaction) => Promise<Result>,
  changes?: readonly string[],
) => Promise<Result>;

/** The write has not begun. The code is the one SQLite has for it. */
export class DatabaseBusy extends Error {
  override readonly name = 'DatabaseBusy';
  readonly code = 'SQLITE_BUSY';
}

/** Another row has this value already. */
export class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation';
  constructor(
    /** Of the index, as `email_key`. */
    readonly columns: readonly string[],
    cause: unknown,
  ) {
    super(`not unique: ${columns.join(', ')}`, { cause });
  }
}

/** A read that returns no rows because it has ended early. */
export class ReadEnded extends Error {
  override readonly name = 'ReadEnded';
  constructor(readonly reason: 'deadline' | 'timeout' | 'queue full' | 'aborted' | 'closed') {
    super(`the read ended: ${reason}`);
  }
}

/** Of a list that goes on by the id of the last row that has been read. */
export interface Cursor {
  after?: number | undefined;
  limit: number;
}

/** Which rows of a list. */
export interface Page {
  /** From 1. */
  page: number;
  /** Rows on a page. */
  limit: number;
}

export interface ReadOptions {
  /** Ends the read, whether it waits or runs. */
  signal?: AbortSignal | undefined;
  /** Ends a read that runs for longer, with the reason `timeout`. Default: the deadline alone. */
  timeoutMs?: number | undefined;
  /** Called when the read leaves the queue. */
  onStart?: (() => void) | undefined;
}
