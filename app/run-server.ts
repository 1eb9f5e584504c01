import { existsSync } from 'node:fs';
import { loadConfig } from './config.js';
import { createLogger } from './logger.js';
import { managedOutput } from './managed-output.js';
import { startServer } from './server.js';

/** How long the last lines of the log may take to be written. */
const LAST_LINES_MS = 500;

/** Runs the server with the settings of the environment and `.env` until a signal stops it. */
export async function runServer(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env'); // what the environment says goes before it
  const managed = process.send !== undefined;
  const config = loadConfig(process.env, { terminal: process.stdout.isTTY, managed });
  const log = createLogger(config.log, managed ? managedOutput() : undefined);
  const server = await startServer(config, log);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop(signal));
  }
  process.on('SIGHUP', () => void server.reload());
  process.send?.('ready'); // pm2's wait_ready: only now may the old worker leave

  async function stop(signal: string): Promise<void> {
    log.info({ signal }, 'stopping');
    const code = (await server.stop()) ? 0 : 1;
    setTimeout(() => process.exit(code), LAST_LINES_MS); // whoever reads the log may have stopped reading
    log.flush(() => process.exit(code));
  }
}
