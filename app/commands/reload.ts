import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cliIn } from '../../views/locales/cli.js';
import type { Locale } from '../../views/locales/index.js';
import { loadConfig, type Config } from '../config.js';
import { PROJECT_ROOT } from '../project-root.js';
import { StartError } from '../start-error.js';
import { smokeTest } from './smoke-test.js';

const PM2 = createRequire(import.meta.url).resolve('pm2/bin/pm2');
const APP = 'allium';
/** How long the new workers may take, after pm2 says it is done, until all of them answer. */
const SETTLE_MS = 20_000;

/** A worker as `pm2 jlist` describes it, as far as we ask. */
interface Worker {
  name: string;
  pid: number;
  pm2_env: { status: string; env: NodeJS.ProcessEnv };
}

/**
 * `npm run pm2:reload`: replaces the workers one by one by the build in dist/. pm2 would replace good workers by broken
 * ones and call that success, so the build is tried out first, and the workers are looked at afterwards.
 *
 * @param env the settings here; pm2 adds those that the workers were started with.
 * @throws StartError; when the build does not work the running workers have not been touched.
 */
export async function reload(env: NodeJS.ProcessEnv, locale: Locale): Promise<void> {
  const text = cliIn[locale].reload;
  const before = await workers();
  const [first] = before;
  if (!first) throw new StartError(({ reload: text }) => text.notRunning);
  const settings = { ...env, ...first.pm2_env.env };
  const { http } = loadConfig(settings, { terminal: false, managed: true });
  await smokeTest(settings);
  process.stdout.write(`${text.begins}\n`);

  await pm2('reload', 'ecosystem.config.js');
  const oldPids = new Set(before.map(({ pid }) => pid));
  const count = await settled(oldPids, http);
  process.stdout.write(`${text.done(count)}\n`);
}

/** Waits until every worker is a new process and answers. @throws StartError @returns how many there are. */
async function settled(oldPids: Set<number>, http: Config['http']): Promise<number> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const now = await workers();
    const bad = now.filter(({ pid, pm2_env }) => pm2_env.status !== 'online' || oldPids.has(pid));
    // Connections are dealt out in turn, so as many as this reach every worker.
    const answers = await Promise.all(Array.from({ length: now.length * 2 }, () => isReady(http)));
    if (now.length > 0 && bad.length === 0 && answers.every(Boolean)) return now.length;
    if (Date.now() > deadline) {
      const seen = now.map(({ pid, pm2_env }) => `${pid} ${pm2_env.status}`).join(', ');
      const answered = answers.filter(Boolean).length;
      throw new StartError(({ reload: text }) => text.failed(seen, bad.length, answered, answers.length));
    }
    await wait(250);
  }
}

/** On a connection of its own, which the next worker gets. */
function isReady({ host, port }: Config['http']): Promise<boolean> {
  const anyAddress: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  return new Promise((resolve) => {
    const probe = request({ host: anyAddress[host] ?? host, port, path: '/readyz', agent: false, timeout: 5_000 });
    probe.on('response', (response) => resolve(response.resume().statusCode === 200));
    probe.on('timeout', () => probe.destroy());
    probe.on('close', () => resolve(false));
    probe.on('error', () => resolve(false));
    probe.end();
  });
}

async function workers(): Promise<Worker[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [PM2, 'jlist', '--silent'], {
    maxBuffer: 64 * 1024 * 1024, // it holds every worker's whole environment
  });
  const list = JSON.parse(stdout.slice(stdout.indexOf('['))) as Worker[];
  return list.filter(({ name }) => name === APP);
}

/** @throws StartError */
async function pm2(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [PM2, ...args], { cwd: PROJECT_ROOT, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new StartError(({ reload: text }) => text.pm2Failed(args.join(' '), code));
}
