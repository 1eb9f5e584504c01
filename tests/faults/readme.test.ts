import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/redis-server.js';
import { stageDir } from '../support/stage.js';
import { until } from '../support/until.js';

const ROOT = join(import.meta.dirname, '../..');
const NOT_COPIED = new Set(['.git', 'node_modules', 'data', '.env']);
const PASSWORD = 'correct horse battery\n';

/** What the blocks of README say, line by line, without the comments. `npm ci && npm test` is what CI itself runs. */
const COMMANDS = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```sh\n(.*?)^```/gms)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').replace('npm ci && ', ''))
  .filter((command) => command !== '' && command !== 'npm test');
/** The first command builds: a quarter of a minute on a machine that has nothing else to do. */
const BUILT_MS = 300_000;
/** Commands that run until they are stopped. */
const SERVERS = new Set(['npm start', 'npm run dev', 'npm run demo']);

const stop: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of stop.splice(0)) await each();
});

it('names only commands that exist', () => {
  expect(COMMANDS).toEqual(expect.arrayContaining([...SERVERS, 'npm run allium -- seed', 'npm run pm2:start']));
  expect(COMMANDS.length).toBeGreaterThan(7);
});

it('works when it is followed from the first line to the last', { timeout: 5 * BUILT_MS }, async () => {
  expect(await follow(COMMANDS)).toEqual([]);
});

it('works in another order', { timeout: 5 * BUILT_MS }, async () => {
  // Except a reload, which needs a running server.
  const pm2 = COMMANDS.filter((command) => command.includes('pm2:'));
  expect(await follow([...COMMANDS.filter((command) => !pm2.includes(command)).toReversed(), ...pm2])).toEqual([]);
});

/** In a fresh copy, with a port that is given by the environment. @returns what failed. */
async function follow(commands: readonly string[]): Promise<string[]> {
  const failed: string[] = [];
  const dir = stageDir();
  cpSync(ROOT, dir, { recursive: true, filter: (path) => !NOT_COPIED.has(path.slice(ROOT.length + 1)) });
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  const port = String(await freePort());
  const env = { PATH: process.env['PATH'], HOME: dir, PORT: port, PM2_HOME: join(dir, '.pm2') };
  const started = (command: string) => shell(command, { cwd: dir, env });
  onTestFinished(async () => void (await started('node_modules/.bin/pm2 kill').ended));

  for (const command of commands) {
    const run = started(command);
    if (SERVERS.has(command)) {
      await Promise.race([until(`${command} answers`, () => isReady(port), { withinMs: BUILT_MS }), run.failed()]);
      await run.end();
      await until('the port is free', async () => !(await isReady(port)));
    } else {
      const { code, output } = await run.ended;
      if (code !== 0) failed.push(`${command} ended with ${code}:\n${output}`);
    }
  }
  if (!(await isReady(port))) failed.push('what pm2 has started does not answer');
  return failed;
}

const isReady = (port: string) =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

/** As a person at a terminal: in a process group of its own, which Ctrl-C ends, and with a password for each prompt. */
function shell(command: string, options: { cwd: string; env: NodeJS.ProcessEnv }) {
  const child = spawn('sh', ['-c', command], { ...options, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.on('error', () => {}).end(PASSWORD);
  const exited = once(child, 'exit').then(([code]) => ({ code: code as number | null, output }));
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGINT');
    await exited;
  };
  stop.push(end);
  return {
    ended: exited,
    failed: () => exited.then(({ code }) => Promise.reject(new Error(`${command} ended with ${code}:\n${output}`))),
    end,
  };
}
