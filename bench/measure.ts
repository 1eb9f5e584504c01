import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, load, residentMb, startServer } from './processes.js';
import type { Scenario } from './scenarios.js';
import { check, type Target, type BenchEnvironment } from './environment.js';

/** Of one scenario, over all rounds. */
export interface Figures {
  /** CPU microseconds of the server per request; undefined where the system does not tell. */
  cpuUs: Spread | undefined;
  /** The same, round by round. */
  cpuUsOfRounds: readonly number[];
  perSecond: Spread;
  p99Ms: Spread;
  residentMb: number;
}

export interface Spread {
  median: number;
  least: number;
  most: number;
}

export interface Effort {
  rounds: number;
  secondsARound: number;
  warmUpSeconds: number;
}

/** Loads the targets in turn, round after round, so that a noisy minute of the machine hits all of them alike. */
export async function compare(
  environment: BenchEnvironment,
  scenarios: readonly Scenario[],
  { rounds, secondsARound, warmUpSeconds }: Effort,
  progress: (text: string) => void,
): Promise<Map<Scenario, Figures>> {
  const started = [];
  for (const scenario of scenarios) {
    progress(`warming up: ${scenario.name}`);
    const target = await environment.start(scenario);
    await target.run({ duration: warmUpSeconds });
    started.push({ target, seen: [] as Awaited<ReturnType<typeof target.run>>[] });
  }
  await requireLikeAnswers(started.map(({ target }) => target));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { target, seen } of started) {
      progress(`round ${round} of ${rounds}: ${target.scenario.name}`);
      seen.push(await target.run({ duration: secondsARound }));
    }
  }
  const figures = new Map<Scenario, Figures>();
  for (const { target, seen } of started) {
    const cpu = seen.flatMap(({ cpuUs }) => cpuUs ?? []);
    figures.set(target.scenario, {
      cpuUs: cpu.length > 0 ? spread(cpu) : undefined,
      cpuUsOfRounds: cpu,
      perSecond: spread(seen.map(({ perSecond }) => perSecond)),
      p99Ms: spread(seen.map(({ p99Ms }) => p99Ms)),
      residentMb: residentMb(target.pid),
    });
    await target.stop();
  }
  return figures;
}

/** How much the lengths of responses to one scenario may differ: field names and sentences are not all the same. */
const MAX_DIFFERENCE = 0.03;

/** @throws when a target's response is longer or shorter than another's for the same scenario: the work differs then. */
async function requireLikeAnswers(targets: readonly Target[]): Promise<void> {
  const bytes = new Map<string, number>();
  for (const { scenario, answerBytes } of targets) {
    if (scenario.posts === undefined || (scenario.request.method ?? 'GET') !== 'GET') continue;
    const group = `${scenario.title} ${scenario.posts}`;
    const own = await answerBytes();
    const others = bytes.get(group) ?? own;
    if (Math.abs(own / others - 1) > MAX_DIFFERENCE) {
      throw new Error(`${scenario.name} answers with ${own} bytes, another server with ${others}`);
    }
    bytes.set(group, own);
  }
}

/** Milliseconds from starting the process to its first 200 at /readyz, on a database that exists. */
export async function startMs(
  environment: BenchEnvironment,
  { withRedis, times }: { withRedis: boolean; times: number },
) {
  const env = environment.settings({ withRedis });
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const port = await freePort();
    const startedAt = performance.now();
    const ready = answers(`http://127.0.0.1:${port}/readyz`);
    const log = join(environment.folder, 'start.log');
    const server = await startServer(['dist/bin/www.js'], { log, env: { ...env, PORT: String(port) }, pinned: false });
    taken.push((await ready) - startedAt);
    await server.stop();
  }
  return spread(taken);
}

/** @returns when. */
async function answers(url: string): Promise<number> {
  for (;;) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return performance.now();
    await wait(5);
  }
}

/** Resident megabytes of one worker after so many requests in all: `me` and the users list by turns. */
export async function memory(
  environment: BenchEnvironment,
  scenario: Scenario,
  requests: readonly number[],
  path: string,
) {
  const target = await environment.start(scenario);
  const { url, pid, headers, log } = target;
  const figures: { requests: number; residentMb: number }[] = [{ requests: 0, residentMb: residentMb(pid) }];
  let done = 0;
  for (const total of requests) {
    const turns = [scenario.request.path, path].map((each) => ({ path: each, headers }));
    check(await load({ url, connections: scenario.connections, amount: total - done, requests: turns }), scenario, log);
    done = total;
    figures.push({ requests: total, residentMb: residentMb(pid) });
  }
  await target.stop();
  return figures;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    least: sorted[0] ?? Number.NaN,
    most: sorted.at(-1) ?? Number.NaN,
  };
}
