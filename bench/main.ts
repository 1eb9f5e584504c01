import { parseArgs } from 'node:util';
import { compare, memory, startMs, type Effort } from './measure.js';
import { print, printProfile, printResults, warnWhenBusy, writeResults, type Results } from './report.js';
import { profile } from './profile.js';
import { SCENARIOS, type Scenario } from './scenarios.js';
import { createWorld } from './world.js';

const USAGE = `npm run bench -- [options]

  --quick             one minute instead of ten, and rough
  --only <a,b>        these scenarios only, without start and memory
  --profile <name>    where one scenario spends its time
  --awake             never let the load generator sleep, so that no answer pays for waking it
  --help

Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string' },
    awake: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const effort: Effort = options.quick
  ? { rounds: 2, secondsARound: 1, warmUpSeconds: 2 }
  : { rounds: 5, secondsARound: 3, warmUpSeconds: 5 };
const amounts = options.quick ? [5_000, 10_000] : [10_000, 50_000, 100_000, 200_000];

if (options.help) print(USAGE);
else if (options.profile !== undefined) await runProfile(options.profile);
else await runBenchmark(options.only?.split(','));
process.exit(); // takes what was started along

async function runBenchmark(only: string[] | undefined): Promise<void> {
  warnWhenBusy();
  const world = await createWorld(options);
  const chosen = only ? only.map(scenarioNamed) : SCENARIOS;
  const possible = chosen.filter(({ redis }) => !redis || world.hasRedis);
  if (!world.hasRedis) print('redis-server is not installed; the scenarios that need it are left out\n');

  const results: Results = { compared: await compare(world, possible, effort, progress), starts: [], memory: [] };
  if (!only) {
    const times = effort.rounds;
    for (const withRedis of world.hasRedis ? [false, true] : [false]) {
      progress('starting');
      const title = withRedis ? 'with Redis' : 'with SQLite alone';
      results.starts.push([title, await startMs(world, { withRedis, times })]);
    }
    progress('filling memory');
    const me = scenarioNamed(world.hasRedis ? 'me-redis' : 'me-sqlite');
    results.memory = await memory(world, me, amounts, scenarioNamed('users').request.path);
  }
  progress('');
  printResults(results);
  if (!only && !options.quick && !options.awake) writeResults(results);
}

async function runProfile(name: string): Promise<void> {
  const scenario = scenarioNamed(name);
  const world = await createWorld(options);
  printProfile(scenario, await profile(world, scenario, options.quick ? 3 : 8));
}

function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found) return found;
  process.stderr.write(`There is no scenario ${name}.\n\n${USAGE}`);
  return process.exit(2);
}

function progress(text: string): void {
  if (process.stdout.isTTY) print(`\r\u001b[K${text}`);
}
