import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync, closeSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Options as LoadOptions } from 'autocannon';

export const ROOT = join(import.meta.dirname, '..');
const START_MS = 15_000;
/** One for each server under test. */
const REDIS_DATABASES = 256;

/** Servers run on the first core, and what loads them (Redis too) on the second, where that can be arranged. */
export const PINNED = availableParallelism() > 1 && onPath('taskset') !== undefined;
type Core = 0 | 1;
/** What a command begins with so that it runs on a core. */
export const onCore = (core: Core): string[] => (PINNED ? ['taskset', '-c', String(core)] : []);

const children = new Set<ChildProcess>();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

interface Options {
  core?: Core;
  env?: Record<string, string>;
  /** Takes what the process writes; without it that is discarded. */
  output?: number | 'pipe';
}

function start(program: string, args: string[], { core, env = {}, output }: Options): ChildProcess {
  const [command = program, ...before] = core === undefined ? [] : onCore(core);
  const rest = command === program ? [] : [...before, program];
  const child = spawn(command, [...rest, ...args], {
    cwd: ROOT,
    // None of the developer's own settings may reach what is measured.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'production', ...env },
    stdio: ['ignore', output ?? 'ignore', output === undefined ? 'ignore' : 'inherit'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

export interface Server {
  pid: number;
  /** As http://127.0.0.1:3000 */
  url: string;
  /** Ends it as an operator would and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a server of ours, which writes its address as JSON into `log`, a file like the one a supervisor would give it.
 *
 * @throws when it ends or takes too long.
 */
export async function startServer(
  args: string[],
  {
    log,
    env = {},
    pinned = true,
    core = 0,
  }: { log: string; env?: Record<string, string>; pinned?: boolean; core?: Core },
): Promise<Server> {
  const output = openSync(log, 'w');
  const child = start(process.execPath, args, { ...(pinned && { core }), output, env });
  closeSync(output);
  const deadline = Date.now() + START_MS;
  for (;;) {
    const text = readFileSync(log, 'utf8');
    const [, url] = /"url":"(http:[^"]+)"/.exec(text) ?? [];
    if (url !== undefined) return { pid: child.pid ?? 0, url, stop: () => stop(child) };
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the server did not start:\n${text}`);
    await wait(5);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** A redis-server that keeps nothing. @returns undefined where none is installed. */
export async function startRedis(): Promise<{ url: string } | undefined> {
  const program = onPath('redis-server');
  if (program === undefined) return undefined;
  const port = await freePort();
  const inMemory = ['--save', '', '--appendonly', 'no', '--databases', String(REDIS_DATABASES)];
  start(program, ['--bind', '127.0.0.1', '--port', String(port), ...inMemory], { core: 1 });
  return { url: `redis://127.0.0.1:${port}` };
}

/** What one run of the load generator saw. */
export interface Load {
  requests: number;
  /** Where in the list the next run begins. */
  next: number;
  perSecond: number;
  p99Ms: number;
  failures: number;
  statuses: number[];
}

/** What our load generator takes besides the options of autocannon: see load.js. */
interface OwnOptions {
  awake?: boolean;
  list?: string;
  from?: number;
}

export function load(options: LoadOptions & OwnOptions): Promise<Load> {
  return generate('bench/load.js', options);
}

/** What goes on at a rate: see paced-load.js. */
export interface Pace {
  url: string;
  headers: Record<string, string>;
  list: string;
  from: number;
  /** Requests a second, */
  rate: number;
  /** for so many seconds. */
  duration: number;
}

export function pacedLoad(pace: Pace): Promise<Load> {
  return generate('bench/paced-load.js', pace);
}

async function generate(program: string, options: object): Promise<Load> {
  const args = [join(ROOT, program), JSON.stringify(options)];
  const child = start(process.execPath, args, { core: 1, output: 'pipe' });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'close');
  return JSON.parse(text) as Load;
}

/** Linux counts in hundredths of a second for user space, whatever its own clock does (see proc(5)). */
const US_PER_TICK = 10_000;

/** CPU time a process has used so far in microseconds, all its threads together; undefined where there is no /proc. */
export function cpuUs(pid: number): number | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  // The second field, the program's name, is in parentheses and may contain spaces.
  const fields = readFileSync(file, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const [utime, stime] = fields.slice(11, 13).map(Number);
  return ((utime ?? 0) + (stime ?? 0)) * US_PER_TICK;
}

export function residentMb(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}
