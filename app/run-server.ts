import { existsSync } from 'node:fs';
import type { Logger } from '../middlewares/state.js';
import { loadConfig, type Config } from './config.js';
import { createLogger } from './logger.js';
import { managedOutput } from './managed-output.js';
import { startServer } from './server.js';

/** How long the last lines of the log may take to be written. */
const LAST_LINES_MS = 500;

/**
 * Runs the server with the settings of the environment and `.env`.
 *
 * @param stopping ends it, also while it starts; the signal's name is the reason.
 */
export async function runServer(stopping: AbortSignal): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env'); // what the environment says goes before it
  const managed = process.send !== undefined;
  const config = loadConfig(process.env, { terminal: process.stdout.isTTY, managed });
  const log = createLogger(config.log, managed ? managedOutput() : undefined);
  const server = await startUnlessStopped(config, log, stopping);
  if (!server || stopping.aborted) return stop();

  stopping.addEventListener('abort', () => void stop());
  process.on('SIGHUP', () => void server.reload());
  process.send?.('ready'); // pm2's wait_ready: only now may the old worker leave

  async function stop(): Promise<void> {
    log.info({ signal: stopping.reason as unknown }, 'stopping');
    const code = !server || (await server.stop()) ? 0 : 1;
    setTimeout(() => process.exit(code), LAST_LINES_MS); // the reader of the log may have stopped reading
    log.flush(() => process.exit(code));
  }
}

/** Undefined when it was stopped while it started; what had been opened is closed again. */
async function startUnlessStopped(config: Config, log: Logger, stopping: AbortSignal) {
  try {
    return await startServer(config, log, stopping);
  } catch (error) {
    if (error !== stopping.reason) throw error;
    return undefined;
  }
}
