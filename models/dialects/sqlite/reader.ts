import type { Engine } from '../engine.js';
import { SqliteConnection } from './connection.js';
import { ReadLane } from './read-lane.js';

/**
 * Pages that stay in memory: reading one from the system costs a microsecond, and a search reads hundreds. SQLite keeps
 * 2 MB. 16 MB in all, whatever the number of connections.
 */
const SHORT_CACHE_KIB = 4 * 1024;
const LONG_CACHE_KIB = 6 * 1024;

/**
 * libuv has four threads for writes, password hashes (one at a time), files and DNS as well. Two long reads and a hash
 * leave one for everything that is short.
 */
const SHORT_READS = { connections: 1, perConnection: 2, deadlineMs: 5_000, maxWaiting: 2_000 };
const LONG_READS = { connections: 2, perConnection: 1, deadlineMs: 2_000, maxWaiting: 100 };
const WATCH_MS = 100;

/**
 * Connections for reads alone, whose statements are prepared once. No read waits behind a write of this
 * process. They see whatever has been committed.
 */
export function openReader(file: string): Pick<Engine, 'read' | 'readLong' | 'close'> {
  const short = new ReadLane(() => open(file, SHORT_CACHE_KIB), SHORT_READS);
  const long = new ReadLane(() => open(file, LONG_CACHE_KIB), LONG_READS);
  const watching = setInterval(() => {
    short.watch();
    long.watch();
  }, WATCH_MS);
  watching.unref();

  return {
    read: (sql, ...parameters) => short.run(sql, parameters),
    readLong: (options, sql, ...parameters) => long.run(sql, parameters, options),

    async close() {
      await Promise.all([short.close(), long.close()]);
      clearInterval(watching);
    },
  };
}

async function open(file: string, cacheKib: number): Promise<SqliteConnection> {
  const connection = await SqliteConnection.open(file);
  await connection.rows(`PRAGMA cache_size=-${cacheKib}`);
  return connection;
}
