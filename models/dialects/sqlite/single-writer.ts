import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseBusy, type Transaction, type Write } from '../../queries.js';
import type { Changes, Versions } from '../../versions.js';
import { createWriterConnection, type SqliteTransaction } from './writer-connection.js';

/** Writes that may wait, and for how long: a little less than one waits for a lock, so that those behind it give up too. */
const MAX_WAITING = 1_000;
const MAX_WAIT_MS = 4_000;
/** Writes in one transaction. */
const MAX_TOGETHER = 20;
/** After holding the lock for so long, with moments in between, a process leaves it to others for so long. */
const HOLD_MS = 20;
const YIELD_MS = 5;

/** A write in the queue. */
interface Waiting {
  work: (transaction: Transaction) => Promise<unknown>;
  changes: readonly string[];
  /** `performance.now()` */
  deadline: number;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}
type Outcome = { result: unknown } | { error: unknown };

/**
 * Writes one transaction at a time. SQLite has a single writer: within the process writers queue here, between processes they
 * queue at `BEGIN IMMEDIATE`. A deferred transaction would fail with SQLITE_BUSY on its first write instead.
 *
 * Writes that wait together are committed together, each in a savepoint of its own (https://sqlite.org/lang_savepoint.html):
 * beginning and committing cost more than most of them. One that fails undoes nothing but itself; when the commit fails,
 * all have failed.
 *
 * Only database calls belong inside `work`, each given the transaction: while it runs, all other writes wait.
 */
export function createSingleWriter(file: string, versions: Versions): { write: Write; close(): Promise<void> } {
  const connection = createWriterConnection(file);
  const waiting: Waiting[] = [];
  let writing = false;

  return {
    write: <Result>(work: (transaction: Transaction) => Promise<Result>, changes: readonly string[] = []) =>
      new Promise<Result>((resolve, reject) => {
        if (waiting.length >= MAX_WAITING) return reject(new DatabaseBusy('too many writes wait'));
        const deadline = performance.now() + MAX_WAIT_MS;
        waiting.push({ work, changes, deadline, resolve: resolve as Waiting['resolve'], reject });
        if (!writing) void writeAll();
      }),
    close: connection.close,
  };

  async function writeAll(): Promise<void> {
    writing = true;
    try {
      let holdingSince = performance.now();
      while (waiting.length > 0) {
        await writeTogether(waiting.splice(0, MAX_TOGETHER).filter(isInTime));
        if (waiting.length === 0 || performance.now() - holdingSince < HOLD_MS) continue;
        await wait(YIELD_MS);
        holdingSince = performance.now();
      }
    } finally {
      writing = false;
    }
  }

  async function writeTogether(group: readonly Waiting[]): Promise<void> {
    if (group.length === 0) return;
    let begun: Changes | undefined;
    let outcomes: Outcome[];
    try {
      outcomes = await connection.transaction((transaction) => {
        begun = versions.begin(group.flatMap(({ changes }) => changes));
        return group.length === 1 ? alone(group, transaction) : eachInSavepoint(group, transaction);
      });
    } catch (error) {
      outcomes = group.map((one) => ({ error: reasonFor(one, error) }));
    }
    begun?.end();
    group.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome && 'result' in outcome) resolve(outcome.result);
      else reject(outcome?.error);
    });
  }
}

/** While another process holds the lock each group waits for it; those behind must not wait one after the other. */
function isInTime({ deadline, reject }: Waiting): boolean {
  const inTime = performance.now() <= deadline;
  if (!inTime) reject(new DatabaseBusy('the write has waited too long'));
  return inTime;
}

async function alone([one]: readonly Waiting[], transaction: Transaction): Promise<Outcome[]> {
  return [{ result: await one?.work(transaction) }];
}

/** @throws TransactionEnded */
async function eachInSavepoint(group: readonly Waiting[], transaction: SqliteTransaction): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const one of group) {
    await transaction.savepoint();
    try {
      outcomes.push({ result: await one.work(transaction) });
    } catch (error) {
      await transaction.rollBackToSavepoint().catch(() => {
        throw new TransactionEnded(one, error);
      });
      outcomes.push({ error });
    }
    await transaction.releaseSavepoint();
  }
  return outcomes;
}

/** What one write ran into has undone what the others had written, as a full disk does (https://sqlite.org/lang_transaction.html). */
class TransactionEnded extends Error {
  override readonly name = 'TransactionEnded';
  constructor(
    readonly by: Waiting,
    cause: unknown,
  ) {
    super('another write has ended the transaction', { cause });
  }
}

/** The others fail with an error that says nothing of the one that failed. */
function reasonFor(one: Waiting, error: unknown): unknown {
  if (!(error instanceof TransactionEnded)) return error;
  return one === error.by ? error.cause : new DatabaseBusy(error.message, { cause: error.cause });
}
