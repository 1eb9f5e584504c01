#!/usr/bin/env node
/** The server process. An unhandled error ends it, so that its supervisor starts a new one. */
import { shellLocale } from '../app/commands/shell-locale.js';
import { requireOpenFiles } from '../app/file-limit.js';
import { StartError } from '../app/start-error.js';

// First of all: by default each of these would kill a start in the middle of what it does.
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(signal));
process.on('SIGHUP', () => {}); // means something once the server runs

process.umask(0o077); // what it writes holds people's data
process.stdout.on('error', () => {}); // a log reader that went away
process.stderr.on('error', () => {});
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

try {
  requireOpenFiles();
  // Imported here, below the handlers: under pm2 a module that throws would otherwise leave a worker that is "online".
  const { runServer } = await import('../app/run-server.js');
  await runServer(stopping.signal);
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
  const unexpected = error instanceof Error ? error.stack : String(error);
  const text = error instanceof StartError ? error.sentenceIn(shellLocale(process.env)) : unexpected;
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
