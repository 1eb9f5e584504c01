import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spread } from '../measure.js';
import { cpuUs, freePort, load, ROOT, startServer, type Server } from '../processes.js';
import { login } from '../scenarios.js';
import { seed } from '../seed.js';
import { startNginx } from './nginx.js';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const ROUNDS = options.quick ? 3 : 5;
const SECONDS = options.quick ? 1 : 3;
const FOLDER = join(ROOT, 'bench/gateway');

interface Target {
  name: string;
  server: Server;
  path: string;
  headers: Record<string, string>;
}

if (!existsSync(join(FOLDER, 'node_modules/.package-lock.json'))) {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
}
const folder = mkdtempSync(join(tmpdir(), 'allium-bench-gateway-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const upstream = await start('upstream', 'bench/gateway/upstream.js', {}, 1);
const direct: Target = { name: 'the upstream itself', server: upstream, path: '/items', headers: {} };
const targets = [
  ...(await allium()),
  await relay('bare undici relay', 'undici-relay.js'),
  await relay('http-proxy', 'http-proxy.js'),
  ...(await nginx()),
];
const figures = new Map(targets.map((each) => [each, { cpu: [] as number[], p50: [] as number[] }]));
const directP50: number[] = [];
for (const each of targets) await run(each, { duration: options.quick ? 2 : 5, connections: 10 });
for (let round = 0; round < ROUNDS; round += 1) {
  for (const each of targets) {
    const before = cpuUs(each.server.pid) ?? Number.NaN;
    const { requests } = await run(each, { duration: SECONDS, connections: 10 });
    figures.get(each)?.cpu.push(((cpuUs(each.server.pid) ?? Number.NaN) - before) / requests);
    figures.get(each)?.p50.push(await p50(each));
  }
  directP50.push(await p50(direct));
}
print();
process.exit();

function start(name: string, file: string, env: Record<string, string>, core: 0 | 1 = 0): Promise<Server> {
  return startServer([file], { log: join(folder, `${name}.log`), env, core });
}

async function relay(name: string, file: string): Promise<Target> {
  const server = await start(file, `bench/gateway/${file}`, { UPSTREAM: upstream.url });
  return { name, server, path: '/items', headers: {} };
}

async function nginx(): Promise<Target[]> {
  const port = await freePort();
  const server = await startNginx(folder, port, upstream.url);
  return server ? [{ name: 'nginx proxy_pass', server, path: '/items', headers: {} }] : [];
}

/**
 * With everything on: session, token, allow-list, limits, access log. And what the same process takes for an answer of
 * its own, with the session and without: what is more than that is the gateway's own share.
 */
async function allium(): Promise<Target[]> {
  const dataDir = join(folder, 'data');
  await seed(dataDir);
  const file = join(folder, 'upstreams.json');
  const allow = [{ methods: ['GET'], paths: ['/items', '/items/*'] }];
  const open = { instances: [upstream.url], allow };
  writeFileSync(file, JSON.stringify({ upstreams: { catalog: { ...open, token: 'user' }, open } }));
  const env = { DATA_DIR: dataDir, PORT: '0', LOG_FORMAT: 'json', UPSTREAMS_FILE: file };
  const server = await start('allium', 'dist/bin/www.js', env);
  const { path, ...init } = login();
  const answer = await fetch(server.url + path, init);
  const cookie = answer.headers.getSetCookie().map((each) => each.split(';')[0]);
  const Cookie = cookie.join('; ');
  return [
    { name: 'Allium, session and token', server, path: '/gw/catalog/items', headers: { Cookie } },
    { name: '— its own `GET /api/auth/me`', server, path: '/api/auth/me', headers: { Cookie } },
    { name: 'Allium, neither', server, path: '/gw/open/items', headers: {} },
    { name: '— its own `GET /api/users/1`', server, path: '/api/users/1', headers: {} },
  ];
}

async function run({ name, server, path, headers }: Target, limits: { duration: number; connections: number }) {
  const seen = await load({ url: server.url + path, headers, ...limits });
  if (seen.failures > 0 || seen.statuses.some((status) => status !== 200)) {
    throw new Error(`${name}: ${JSON.stringify(seen)}`);
  }
  return seen;
}

/** What one visitor waits, in milliseconds: one request after the other, so that nothing queues. */
async function p50({ server, path, headers }: Target): Promise<number> {
  const times: number[] = [];
  for (let request = 0; request < (options.quick ? 200 : 500); request += 1) {
    const startedAt = performance.now();
    await (await fetch(server.url + path, { headers })).arrayBuffer();
    times.push(performance.now() - startedAt);
  }
  return spread(times).median;
}

function print(): void {
  const least = spread(directP50).median;
  const costs = new Map([...figures].map(([{ name }, { cpu }]) => [name, spread(cpu).median]));
  const lines = [...figures].map(([{ name }, { cpu, p50: waited }]) => {
    const { median, least: best, most } = spread(cpu);
    const times = (peer: string) => (median / (costs.get(peer) ?? Number.NaN)).toFixed(2);
    const added = (spread(waited).median - least).toFixed(2);
    const range = `${best.toFixed(0)}–${most.toFixed(0)}`;
    return `| ${name} | ${median.toFixed(0)} | ${range} | ${times('bare undici relay')} | ${times('http-proxy')} | ${added} |`;
  });
  process.stdout.write(
    `| target | CPU µs | range | × undici relay | × http-proxy | added p50 ms |\n| --- | ---: | --- | ---: | ---: | ---: |\n${lines.join('\n')}\n`,
  );
}
