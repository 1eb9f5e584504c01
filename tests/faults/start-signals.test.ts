import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { runServerProcess, startServerProcess } from '../support/server-process.js';
import { stageDir } from '../support/stage.js';
import { until } from '../support/until.js';

/** Moments of a start at which a signal arrives, in milliseconds after the first one. */
const MOMENTS = [0, 5, 15, 30, 50, 75, 100, 150, 200, 300, 500, 800];
const AT_A_TIME = 3;

it.each(['SIGTERM', 'SIGINT'] as const)('%s ends a start at any moment, and the next one succeeds', async (signal) => {
  const parent = stageDir();
  const ends = await atEachMoment(async (moment) => {
    const dir = join(parent, `${moment}`);
    const start = await begunStart(dir);
    await wait(moment);
    start.signal(signal);
    return start.exit;
  });

  expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null })));
  const again = await startServerProcess({ DATA_DIR: join(parent, `${MOMENTS[6]}`) });
  expect(await again.stop()).toEqual({ code: 0, signal: null });
});

it('SIGHUP at any moment does not disturb a start', async () => {
  const parent = stageDir();
  const ends = await atEachMoment(async (moment) => {
    const start = await begunStart(join(parent, `${moment}`));
    await wait(moment);
    start.signal('SIGHUP');
    await until('it listens', () => start.output().includes('listening at'), { withinMs: 30_000 });
    return start.stop();
  });

  expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null })));
});

async function atEachMoment<Result>(run: (moment: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let index = 0; index < MOMENTS.length; index += AT_A_TIME) {
    results.push(...(await Promise.all(MOMENTS.slice(index, index + AT_A_TIME).map(run))));
  }
  return results;
}

/** A server at the first moment of its start at which Node has run any of its code. */
async function begunStart(dir: string) {
  const server = runServerProcess({ DATA_DIR: dir });
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  await until('a start', () => existsSync(dir) || catchesHangups(server.pid), { everyMs: 1 });
  return server;
}

/** Linux only (proc_pid_status(5)). */
function catchesHangups(pid: number): boolean {
  const [, caught = '0'] = /SigCgt:\s+([0-9a-f]+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}
