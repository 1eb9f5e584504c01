import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { browser } from '../support/client.js';
import { outcomes, percentile, startLoad } from '../support/load.js';
import { freePort } from '../support/redis-server.js';
import { stageDir } from '../support/stage.js';
import { until } from '../support/until.js';

const ROOT = join(import.meta.dirname, '../..');
/** More lines than any pipe holds. */
const REQUESTS = 1_500;

describe('a log pipe', () => {
  it('whose reader went away costs no request, and the server stops in order', async () => {
    const { url, reader, stop } = await loggingIntoPipe();
    closeSync(reader);

    await answers(url);

    expect(await stop()).toEqual([0, null]);
  });

  it('whose reader stalls costs no request, and the server stops in order', async () => {
    const { url, stop } = await loggingIntoPipe();

    await answers(url);

    expect(await stop()).toEqual([0, null]);
  });

  it('that is read again after a stall goes on', async () => {
    const { url, reader } = await loggingIntoPipe();
    await answers(url);

    const answer = await browser(url).get('/api/nothing-here');
    const { requestId } = answer.json<{ requestId: string }>();

    let log = '';
    const written = until('the last request in the log', () => (log += read(reader)).includes(requestId));
    await expect(written).resolves.toBe(true);
  });
});

/** Sends many requests while no process reads the log; each must be answered. */
async function answers(url: string): Promise<void> {
  const load = startLoad(url, { path: '/api/auth/me', connections: 10, keepAlive: true });
  await until('enough requests', () => load.sent.length >= REQUESTS, { withinMs: 60_000 });
  const sent = await load.stop();
  expect(outcomes(sent)).toEqual({ 401: sent.length });
  expect(percentile(sent, 0.99)).toBeLessThan(1_000);
}

/** The server, with a pipe as the shell makes them for its standard output. Nothing reads it unless the test does. */
async function loggingIntoPipe() {
  const dir = stageDir();
  const path = join(dir, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  const port = await freePort();
  const child = spawn(process.execPath, ['dist/bin/www.js'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], PORT: String(port), DATA_DIR: dir, LOG_FORMAT: 'json' },
    stdio: ['ignore', writer, 'ignore'],
  });
  closeSync(writer);
  const exit = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const url = `http://127.0.0.1:${port}`;
  await until('the server', async () => (await browser(url).get('/readyz')).status === 200);
  return {
    url,
    reader,
    async stop() {
      child.kill('SIGTERM');
      await until('the end of the server', () => child.exitCode !== null || child.signalCode !== null);
      return exit;
    },
  };
}

/** Reads what is in the pipe. */
function read(reader: number): string {
  const buffer = Buffer.alloc(1024 * 1024);
  try {
    return buffer.toString('utf8', 0, readSync(reader, buffer));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
    throw error;
  }
}
