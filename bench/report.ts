import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { spread, type Figures, type memory, type Spread, type startMs } from './measure.js';
import { PINNED, ROOT } from './processes.js';
import { PEER_SCENARIOS } from './publishing.js';
import type { Profile } from './profile.js';
import type { Scenario } from './scenarios.js';

export interface Results {
  compared: Map<Scenario, Figures>;
  /** Milliseconds to readiness. */
  starts: [title: string, Awaited<ReturnType<typeof startMs>>][];
  memory: Awaited<ReturnType<typeof memory>>;
}

const RESULTS = join(ROOT, 'bench/results/latest.json');

/** Says so before the run when the machine has other work to do: figures are then worth little. */
export function warnWhenBusy(): void {
  const [lastMinute = 0] = loadavg();
  if (lastMinute > 0.5) print(`The machine is busy (load ${lastMinute.toFixed(1)}): take the figures with salt.\n`);
}

export function printResults({ compared, starts, memory: resident }: Results): void {
  print(`\n${machine()}\n`);
  printSystem(new Map([...compared].filter(([{ posts }]) => posts === undefined)));
  printPeerScenarios(compared);
  printBefore(compared);
  for (const [title, { median, least, most }] of starts) {
    print(`\nready after ${median.toFixed(0)} ms (${least.toFixed(0)}–${most.toFixed(0)}), ${title}; aim ≤ 1000`);
  }
  if (resident.length > 0) {
    print('\n\nresident MB of a worker after so many requests (me and users by turns); aim ≤ 180 and flat\n');
    table(
      resident.map(({ requests }) => requests.toLocaleString('en')),
      [resident.map(({ residentMb }) => residentMb.toFixed(0))],
    );
  }
}

function printSystem(compared: Results['compared']): void {
  if (compared.size === 0) return;
  const bareUs = [...compared].find(([{ server }]) => server === 'bare')?.[1].cpuUs?.median;
  table(
    ['scenario', 'CPU µs', 'range', 'aim', '× bare', 'req/s', 'p99 ms', 'MB', ''],
    [...compared].map(([{ name, title, aimUs }, { cpuUs, perSecond, p99Ms, residentMb }]) => [
      name,
      cpuUs ? cpuUs.median.toFixed(0) : 'n/a',
      cpuUs ? `${cpuUs.least.toFixed(0)}–${cpuUs.most.toFixed(0)}` : '',
      aimUs ? `≤ ${aimUs}` : '',
      cpuUs && bareUs ? (cpuUs.median / bareUs).toFixed(1) : '',
      perSecond.median.toFixed(0),
      p99Ms.median.toFixed(1),
      residentMb.toFixed(0),
      title,
    ]),
  );
}

/** The product beside its peers: what one request costs each, and whether the product meets its aim. */
function printPeerScenarios(compared: Results['compared']): void {
  const byName = new Map([...compared].map(([{ name }, figures]) => [name, figures]));
  const scenarios = PEER_SCENARIOS.filter(({ name }) => byName.has(name) && !byName.has(`${name}-before`));
  if (scenarios.length === 0) return;
  print('\nbeside the peers, over one database: CPU µs per request\n');
  table(
    ['scenario', 'Allium', 'Fastify', 'Express', 'Allium ÷ Fastify', 'aim', '', ''],
    scenarios.map(({ name, title, aim }) => {
      const all = [name, `${name}-fastify`, `${name}-express`].map((each) => byName.get(each)?.cpuUs);
      const ratio = ratioOf(byName.get(name), byName.get(`${name}-fastify`));
      const verdict = ratio === undefined ? '' : ratio.median <= aim ? 'met' : 'missed';
      return [name, ...all.map((each) => withRange(each)), withRange(ratio, 2), `≤ ${aim}`, verdict, title];
    }),
  );
}

/** The product beside another build of it. */
function printBefore(compared: Results['compared']): void {
  const byName = new Map([...compared].map(([{ name }, figures]) => [name, figures]));
  const names = [...byName.keys()].filter((name) => byName.has(`${name}-before`));
  if (names.length === 0) return;
  print('\nbeside another build: CPU µs per request\n');
  table(
    ['scenario', 'before', 'now', 'now ÷ before'],
    names.map((name) => {
      const [now, before] = [byName.get(name), byName.get(`${name}-before`)];
      return [name, withRange(before?.cpuUs), withRange(now?.cpuUs), withRange(ratioOf(now, before), 2)];
    }),
  );
}

/** The ratio of each round by itself: its targets ran one after the other, so that a slow minute of the machine hit them all. */
function ratioOf(ours: Figures | undefined, theirs: Figures | undefined): Spread | undefined {
  const ratios = ours?.cpuUsOfRounds.map((us, round) => us / (theirs?.cpuUsOfRounds[round] ?? Number.NaN)) ?? [];
  return theirs && ratios.length > 0 ? spread(ratios) : undefined;
}

function withRange(figure: Spread | undefined, digits = 0): string {
  if (!figure) return 'n/a';
  const [median, least, most] = [figure.median, figure.least, figure.most].map((each) => each.toFixed(digits));
  return `${median} (${least}–${most})`;
}

export function writeResults({ compared, starts, memory: resident }: Results): void {
  const results = {
    date: new Date().toISOString(),
    machine: machine(),
    scenarios: Object.fromEntries([...compared].map(([{ name, aimUs }, figures]) => [name, { aimUs, ...figures }])),
    startMs: Object.fromEntries(starts),
    memory: resident,
  };
  mkdirSync(dirname(RESULTS), { recursive: true });
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
}

export function printProfile({ name }: Scenario, { functions, packages, causes }: Profile): void {
  const rows = (list: [string, number][]) => list.slice(0, 25).map(([place, us]) => [us.toFixed(2), place]);
  print(`\n${name}: CPU microseconds per request, with the profiler running\n`);
  print('\nby package, self time\n');
  table(['µs', 'package'], rows(packages));
  print('\nby function, self time\n');
  table(['µs', 'function'], rows(functions));
  print('\nby the function of ours that led there, self time of everything below it\n');
  table(['µs', 'function'], rows(causes));
}

export function print(text: string): void {
  process.stdout.write(text);
}

function machine(): string {
  const pinning = PINNED ? 'server and load on cores of their own' : 'not pinned to cores';
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${platform()} ${arch()}, Node ${process.version}, ${pinning}`;
}

/** Words to the left, numbers to the right. */
export function table(heads: string[], rows: string[][]): void {
  const widths = heads.map((_head, column) => Math.max(...[heads, ...rows].map((row) => (row[column] ?? '').length)));
  const numeric = heads.map((_head, column) => rows.some((row) => /^[\d≤]/.test(row[column] ?? '')));
  for (const row of [heads, ...rows]) {
    const cells = row.map((cell, column) =>
      numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
    print(`${cells.join('  ').trimEnd()}\n`);
  }
}
