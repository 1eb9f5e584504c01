import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './processes.js';
import type { Scenario } from './scenarios.js';
import type { BenchEnvironment } from './environment.js';

/** V8's format: a tree of calls, and which node each sample was in (https://chromedevtools.github.io/devtools-protocol/v8/Profiler/). */
interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: number[];
  }[];
  /** Microseconds of the same clock as `process.hrtime`. */
  startTime: number;
  samples: number[];
  timeDeltas: number[];
}

/** Microseconds per request that were spent in a place itself, without what it called. */
export interface Profile {
  functions: [place: string, us: number][];
  packages: [name: string, us: number][];
  /** The same time, laid at the door of the innermost function of ours that led there. */
  causes: [place: string, us: number][];
}

const EVERY_US = 200;

/** Profiles a scenario once it is warm. The profiler itself costs a fifth or so: shares tell more than sums. */
export async function profile(environment: BenchEnvironment, scenario: Scenario, seconds: number): Promise<Profile> {
  const folder = join(environment.folder, 'profile');
  mkdirSync(folder);
  const flags = ['--cpu-prof', `--cpu-prof-interval=${EVERY_US}`, `--cpu-prof-dir=${folder}`];
  const target = await environment.start(scenario, flags);
  await target.run({ duration: seconds });

  const from = nowUs();
  const { requests } = await target.run({ duration: seconds });
  const to = nowUs();
  await target.stop(); // only now is the profile written
  const [file] = readdirSync(folder);
  if (file === undefined) throw new Error('the server left no profile');
  return summary(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile, { from, to, requests });
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

function summary(
  { nodes, samples, timeDeltas, startTime }: CpuProfile,
  { from, to, requests }: { from: number; to: number; requests: number },
): Profile {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const [functions, packages, causes] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ];
  let at = startTime;
  samples.forEach((id, index) => {
    const us = timeDeltas[index] ?? 0;
    at += us;
    const frame = frames.get(id);
    if (!frame || at < from || at > to || frame.functionName === '(idle)') return;
    add(functions, placeOf(frame), us);
    add(packages, packageOf(frame), us);
    add(causes, causeOf(id), us);
  });
  return { functions: sorted(functions), packages: sorted(packages), causes: sorted(causes) };

  function causeOf(id: number): string {
    for (let node: number | undefined = id; node !== undefined; node = callers.get(node)) {
      const frame = frames.get(node);
      if (frame?.url.includes('/dist/') && !frame.url.includes('node_modules')) return placeOf(frame);
    }
    const own = frames.get(id);
    return own?.url === '' ? own.functionName : `none of ours: ${own ? packageOf(own) : ''}`;
  }

  function add(sums: Map<string, number>, key: string, us: number): void {
    sums.set(key, (sums.get(key) ?? 0) + us / requests);
  }
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

function placeOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const file = url.replace('file://', '').replace(`${ROOT}/`, '').replace('node_modules/', '');
  return `${name} ${file}:${lineNumber + 1}`;
}

function packageOf({ functionName, url }: Frame): string {
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (installed) return installed;
  if (url.startsWith('node:')) return 'node';
  return url === '' ? functionName : 'allium';
}

function sorted(sums: Map<string, number>): [string, number][] {
  return [...sums].toSorted(([, a], [, b]) => b - a);
}
