import { once } from 'node:events';
import { Redis } from 'ioredis';
import type { Logger } from '../middlewares/state.js';
import { StartError } from './start-error.js';

const START_MS = 5_000;
const COMMAND_MS = 500;
/** Longer than commands may take, so that one slow answer ends no connection. */
const SILENCE_MS = 2_000;

/**
 * Connects, and waits until Redis answers. Afterwards an outage fails each command at once, or after half a second if
 * Redis hangs, instead of holding requests up; the connection comes back by itself.
 *
 * @throws StartError when there is no Redis at that address. @throws the reason of `stopping`
 */
export async function connectRedis(url: string, log: Logger, stopping?: AbortSignal): Promise<Redis> {
  const client = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: COMMAND_MS,
    connectTimeout: SILENCE_MS,
    // A connection whose other end is gone without a word would hold for a quarter of an hour (tcp_retries2 in tcp(7)).
    socketTimeout: SILENCE_MS,
    // After a failover the address leads to the new primary, but this connection still to the old one.
    reconnectOnError: ({ message }) => message.includes('READONLY'),
    // Spread, so that all workers do not come back in the same millisecond.
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000) * (0.5 + Math.random() / 2),
  });
  let lastError: Error | undefined;
  client.on('error', (err: Error) => {
    if (err.message !== lastError?.message) log.warn({ err }, 'Redis');
    lastError = err;
  });
  client.on('ready', () => {
    if (lastError) log.info('Redis answers again');
    lastError = undefined;
  });
  try {
    const timeout = AbortSignal.timeout(START_MS);
    await once(client, 'ready', { signal: stopping ? AbortSignal.any([stopping, timeout]) : timeout });
  } catch {
    client.disconnect();
    stopping?.throwIfAborted();
    const { host } = new URL(url);
    throw new StartError(({ start }) => start.redisUnreachable(host, lastError?.message ?? start.noResponse));
  }
  return client;
}
