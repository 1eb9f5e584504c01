import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, load, residentMb, startServer } from './processes.js';
import type { Scenario } from './scenarios.js';
import { check, type Contestant, type World } from './world.js';

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

/** Loads the contestants in turn, round after round, so that a noisy minute of the machine hits all of them alike. */
export async function compare(
  world: World,
  scenarios: readonly Scenario[],
  { rounds, secondsARound, warmUpSeconds }: Effort,
  progress: (text: string) => void,
): Promise<Map<Scenario, Figures>> {
  const entered = [];
  for (const scenario of scenarios) {
    progress(`warming up: ${scenario.name}`);
    const contestant = await world.enter(scenario);
    await contestant.run({ duration: warmUpSeconds });
    entered.push({ contestant, seen: [] as Awaited<ReturnType<typeof contestant.run>>[] });
  }
  await requireLikeAnswers(entered.map(({ contestant }) => contestant));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { contestant, seen } of entered) {
      progress(`round ${round} of ${rounds}: ${contestant.scenario.name}`);
      seen.push(await contestant.run({ duration: secondsARound }));
    }
  }
  const figures = new Map<Scenario, Figures>();
  for (const { contestant, seen } of entered) {
    const cpu = seen.flatMap(({ cpuUs }) => cpuUs ?? []);
    figures.set(contestant.scenario, {
      cpuUs: cpu.length > 0 ? spread(cpu) : undefined,
      cpuUsOfRounds: cpu,
      perSecond: spread(seen.map(({ perSecond }) => perSecond)),
      p99Ms: spread(seen.map(({ p99Ms }) => p99Ms)),
      residentMb: residentMb(contestant.pid),
    });
    await contestant.stop();
  }
  return figures;
}

/** Answers of one contest may differ in length by so much: names of fields and sentences are not all the same. */
const MAX_DIFFERENCE = 0.03;

/** @throws when somebody answers more or less than another with the same title, and so does other work. */
async function requireLikeAnswers(contestants: readonly Contestant[]): Promise<void> {
  const bytes = new Map<string, number>();
  for (const { scenario, answerBytes } of contestants) {
    if (scenario.posts === undefined || (scenario.request.method ?? 'GET') !== 'GET') continue;
    const contest = `${scenario.title} ${scenario.posts}`;
    const own = await answerBytes();
    const others = bytes.get(contest) ?? own;
    if (Math.abs(own / others - 1) > MAX_DIFFERENCE) {
      throw new Error(`${scenario.name} answers with ${own} bytes, another server with ${others}`);
    }
    bytes.set(contest, own);
  }
}

/** Milliseconds from starting the process to its first 200 at /readyz, on a database that exists. */
export async function startMs(world: World, { withRedis, times }: { withRedis: boolean; times: number }) {
  const env = world.environment({ withRedis });
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const port = await freePort();
    const startedAt = performance.now();
    const ready = answers(`http://127.0.0.1:${port}/readyz`);
    const log = join(world.folder, 'start.log');
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
export async function memory(world: World, scenario: Scenario, requests: readonly number[], path: string) {
  const contestant = await world.enter(scenario);
  const { url, pid, headers, log } = contestant;
  const figures: { requests: number; residentMb: number }[] = [{ requests: 0, residentMb: residentMb(pid) }];
  let done = 0;
  for (const total of requests) {
    const turns = [scenario.request.path, path].map((each) => ({ path: each, headers }));
    check(await load({ url, connections: scenario.connections, amount: total - done, requests: turns }), scenario, log);
    done = total;
    figures.push({ requests: total, residentMb: residentMb(pid) });
  }
  await contestant.stop();
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
