import { parseArgs } from 'node:util';
import { contentsOf, type Contents } from './contents.js';
import { compare, memory, startMs, type Effort } from './measure.js';
import { memoryByFlags } from './memory.js';
import { installPeers } from './peers.js';
import { PEER_SCENARIOS, POSTS, scenariosOf } from './publishing.js';
import { print, printProfile, printResults, warnWhenBusy, writeResults, type Results } from './report.js';
import { profile } from './profile.js';
import { deepOffset, MANY_POSTS, printScale, scaleScenarios } from './scale.js';
import { SCENARIOS, type Scenario } from './scenarios.js';
import { databaseIn } from './seed.js';
import { printUnderWrites, readsUnderWrites } from './under-writes.js';
import { createBenchEnvironment, type BenchEnvironment } from './environment.js';

const USAGE = `npm run bench -- [options]

  --quick             eight minutes instead of twenty, and rough
  --only <a,b>        these scenarios only, without start and memory
  --scale             what a million posts cost instead of ten thousand
  --writes            what reads wait for while others write
  --alone             without the peers
  --against <folder>  another build of the product in place of the peers, such as the one before a change
  --memory <a,b>      a worker's memory under mixed load with these flags of V8, as =,--max-semi-space-size=8
  --profile <name>    where one scenario spends its time
  --awake             never let the load generator sleep, so that no answer pays for waking it
  --keep <folder>     where to keep seeded databases for the next time
  --help

Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}
Beside the peers: ${PEER_SCENARIOS.map(({ name }) => name).join(', ')}
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    scale: { type: 'boolean', default: false },
    writes: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
    against: { type: 'string' },
    memory: { type: 'string' },
    profile: { type: 'string' },
    awake: { type: 'boolean', default: false },
    keep: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const effort: Effort = options.quick
  ? { rounds: 3, secondsARound: 1, warmUpSeconds: 2 }
  : { rounds: 9, secondsARound: 2, warmUpSeconds: 5 };
const amounts = options.quick ? [5_000, 10_000] : [10_000, 50_000, 100_000, 200_000];

if (options.help) print(USAGE);
else if (options.profile !== undefined) await runProfile(options.profile);
else if (options.scale) await runScale();
else if (options.memory !== undefined) await runMemory(options.memory.split(','));
else if (options.writes) await runUnderWrites();
else await runBenchmark(options.only?.split(','));
process.exit(); // takes what was started along

async function runBenchmark(only: string[] | undefined): Promise<void> {
  warnWhenBusy();
  const environment = await createBenchEnvironment(options);
  const chosen = await scenariosNamed(environment, only);
  const possible = chosen.filter(({ redis }) => !redis || environment.hasRedis);
  if (!environment.hasRedis) print('redis-server is not installed; the scenarios that need it are left out\n');

  const results: Results = { compared: await compare(environment, possible, effort, progress), starts: [], memory: [] };
  if (!only) {
    const times = effort.rounds;
    for (const withRedis of environment.hasRedis ? [false, true] : [false]) {
      progress('starting');
      const title = withRedis ? 'with Redis' : 'with SQLite alone';
      results.starts.push([title, await startMs(environment, { withRedis, times })]);
    }
    progress('filling memory');
    const me = systemScenario(environment.hasRedis ? 'me-redis' : 'me-sqlite');
    results.memory = await memory(environment, me, amounts, systemScenario('users').request.path);
  }
  progress('');
  await environment.stop();
  printResults(results);
  if (!only && !options.quick && !options.awake) writeResults(results);
}

async function runScale(): Promise<void> {
  const environment = await createBenchEnvironment(options);
  const contents = new Map<number, Contents>();
  for (const posts of [POSTS, MANY_POSTS]) {
    progress(`seeding ${posts} posts`);
    contents.set(posts, await contentsOf(databaseIn(environment.seeded(posts)), deepOffset(posts)));
  }
  const compared = await compare(environment, scaleScenarios(contents), effort, progress);
  progress('');
  printScale(compared);
}

async function runMemory(flags: string[]): Promise<void> {
  const environment = await createBenchEnvironment(options);
  await memoryByFlags(environment, await contentsOf(databaseIn(environment.seeded(POSTS))), flags);
}

async function runUnderWrites(): Promise<void> {
  const environment = await createBenchEnvironment(options);
  printUnderWrites(
    await readsUnderWrites(environment, await contentsOf(databaseIn(environment.seeded(POSTS))), effort),
  );
}

async function runProfile(name: string): Promise<void> {
  const environment = await createBenchEnvironment(options);
  const [scenario = unknown(name)] = (await scenariosNamed(environment, [name])).filter(
    ({ name: own }) => own === name,
  );
  printProfile(scenario, await profile(environment, scenario, options.quick ? 3 : 8));
  await environment.stop();
}

/** All, or those with these names; the name of a peer scenario means the product and its peers. */
async function scenariosNamed(environment: BenchEnvironment, names: string[] | undefined): Promise<Scenario[]> {
  const known = new Set([...SCENARIOS, ...PEER_SCENARIOS].map(({ name }) => name));
  names?.forEach((name) => known.has(name) || unknown(name));
  const wanted = ({ name }: { name: string }) => names?.includes(name) ?? true;
  const peerScenarios = PEER_SCENARIOS.filter(wanted);
  if (peerScenarios.length === 0) return SCENARIOS.filter(wanted);
  if (!options.alone && options.against === undefined) installPeers();
  progress('seeding');
  const contents = await contentsOf(databaseIn(environment.seeded(POSTS)));
  return [
    ...SCENARIOS.filter(wanted),
    ...peerScenarios.flatMap((peerScenario) => scenariosOf(peerScenario, contents, options)),
  ];
}

function systemScenario(name: string): Scenario {
  return SCENARIOS.find((scenario) => scenario.name === name) ?? unknown(name);
}

function unknown(name: string): never {
  process.stderr.write(`There is no scenario ${name}.\n\n${USAGE}`);
  return process.exit(2);
}

function progress(text: string): void {
  if (process.stdout.isTTY) print(`\r\u001b[K${text}`);
}
