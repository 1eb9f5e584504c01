import { ReadEnded, type Parameter, type ReadOptions } from '../../queries.js';
import type { Engine } from '../engine.js';
import { createPool, isUsableAfter, run, type Client, type Pool } from './pool.js';

const SHORT_READS = { connections: 5, deadlineMs: 5_000, maxWaiting: 2_000 };
const LONG_READS = { connections: 2, deadlineMs: 2_000, maxWaiting: 100 };
const CANCEL_AGAIN_MS = 100;
const QUERY_CANCELED = '57014';

/** Reads on connections of their own: short ones never wait for long ones. */
export function openReader(url: string): Pick<Engine, 'read' | 'readLong' | 'close'> {
  const poolFor = ({ connections, deadlineMs }: typeof SHORT_READS) =>
    createPool({ url, connections, statementTimeoutMs: deadlineMs, waitMs: deadlineMs });
  const short = poolFor(SHORT_READS);
  const long = poolFor(LONG_READS);

  return {
    async read<Row extends object>(sql: string, ...parameters: Parameter[]) {
      if (short.waitingCount >= SHORT_READS.maxWaiting) throw new ReadEnded('queue full');
      return withClient(short, (client) => rowsOf<Row>(client, sql, parameters, true));
    },

    async readLong<Row extends object>(options: ReadOptions, sql: string, ...parameters: Parameter[]) {
      if (options.signal?.aborted) throw new ReadEnded('aborted');
      if (long.waitingCount >= LONG_READS.maxWaiting) throw new ReadEnded('queue full');
      return withClient(long, async (client) => {
        if (options.signal?.aborted) throw new ReadEnded('aborted');
        options.onStart?.();
        const cancellation = cancelable(client, options);
        try {
          return await rowsOf<Row>(client, sql, parameters, false);
        } catch (error) {
          // Only a read that the server has ended leaves a connection that can be used.
          throw error instanceof ReadEnded ? (cancellation.reason() ?? error) : error;
        } finally {
          await cancellation.done();
        }
      });
    },

    close: async () => void (await Promise.all([short.end(), long.end()])),
  };

  /** Cancels what the connection runs, at the signal or when the time is over. */
  function cancelable(client: Client, { signal, timeoutMs }: ReadOptions) {
    let ended: ReadEnded | undefined;
    let canceling: Promise<unknown> | undefined;
    let repeating: NodeJS.Timeout | undefined;
    const cancel = () => {
      canceling = run(short, 'SELECT pg_cancel_backend(?)', [processIdOf(client)]).catch(() => {});
    };
    const end = (reason: 'aborted' | 'timeout') => {
      ended ??= new ReadEnded(reason);
      if (repeating) return;
      cancel();
      repeating = setInterval(cancel, CANCEL_AGAIN_MS); // the server may not have begun with the statement
    };
    const abort = () => end('aborted');
    signal?.addEventListener('abort', abort, { once: true });
    const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs, 'timeout');
    return {
      reason: () => ended,
      /** Waits for a cancellation on its way: it must not meet the connection's next statement. */
      async done(): Promise<void> {
        clearTimeout(timer);
        clearInterval(repeating);
        signal?.removeEventListener('abort', abort);
        await canceling;
      },
    };
  }
}

/** The number that PostgreSQL gives to the connection; pg's types leave it out. */
function processIdOf(client: Client): number {
  return (client as unknown as { processID: number }).processID;
}

async function rowsOf<Row extends object>(
  client: Client,
  sql: string,
  parameters: readonly Parameter[],
  prepared: boolean,
) {
  try {
    return (await run<Row>(client, sql, parameters, prepared)).rows;
  } catch (error) {
    throw (error as { code?: string }).code === QUERY_CANCELED ? new ReadEnded('deadline') : error;
  }
}

/** @throws ReadEnded when no connection becomes free in time. */
async function withClient<Result>(pool: Pool, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch((error: { code?: string }) => {
    throw error.code === undefined ? new ReadEnded('deadline') : error;
  });
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    client.release(error instanceof ReadEnded || isUsableAfter(error) ? undefined : (error as Error));
    throw error;
  }
}
