#!/usr/bin/env node
/** The server process. Anything that goes wrong unseen ends it, so that whoever supervises it starts a new one. */
import { tooFewOpenFiles } from '../app/file-limit.js';

// First of all: by default each of these would kill a start in the middle of what it does.
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(signal));
process.on('SIGHUP', () => {}); // means something once the server runs

process.umask(0o077); // what it writes holds people's data
process.stdout.on('error', () => {}); // a log reader that went away
process.stderr.on('error', () => {});
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

const refusal = tooFewOpenFiles();
if (refusal !== undefined) {
  process.stderr.write(`${refusal}\n`);
  process.exit(1);
}

try {
  // Imported here, below the handlers: under pm2 a module that throws would otherwise leave a worker that is "online".
  const { runServer } = await import('../app/run-server.js');
  await runServer(stopping.signal);
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
  const known = error instanceof Error && (error.name === 'StartError' || error.name === 'ConfigError');
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}
