import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUs, load, startRedis, startServer, type Load, type Server } from './processes.js';
import { login, type Scenario } from './scenarios.js';
import { seed } from './seed.js';

/** A server under load, and how to load it. */
export interface Contestant extends Server {
  scenario: Scenario;
  /** As the load generator sends it, session cookie included. */
  headers: Record<string, string>;
  /** The file it logs to. */
  log: string;
  /** One round. @param limit seconds, or a number of requests */
  run(limit: { duration: number } | { amount: number }): Promise<Load & { cpuUs: number | undefined }>;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

/**
 * Everything that servers under test need: databases to copy, a Redis, a folder that vanishes at the end.
 *
 * @param options.awake keeps the load generator from sleeping, so that no answer pays for waking it.
 */
export async function createWorld({ awake }: { awake: boolean }) {
  const folder = mkdtempSync(join(tmpdir(), 'allium-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const seeded = join(folder, 'seeded');
  await seed(seeded);
  const redis = await startRedis();
  let count = 0;

  return {
    folder,
    hasRedis: redis !== undefined,
    environment,
    enter,
  };

  /** Settings for a server with a database of its own, as a production one has them. */
  function environment({ withRedis }: { withRedis: boolean }): Record<string, string> {
    count += 1;
    const dataDir = join(folder, `data-${count}`);
    cpSync(seeded, dataDir, { recursive: true });
    return {
      DATA_DIR: dataDir,
      PORT: '0',
      LOG_FORMAT: 'json',
      ...(withRedis && redis && { REDIS_URL: `${redis.url}/${count}` }),
    };
  }

  /** Starts a scenario's server and signs in, if the scenario wants that. @param nodeArgs go before the program. */
  async function enter(scenario: Scenario, nodeArgs: string[] = []): Promise<Contestant> {
    const bare = scenario.server === 'bare';
    const log = join(folder, `${scenario.name}.log`);
    const server = await startServer([...nodeArgs, bare ? 'bench/bare-server.js' : 'dist/bin/www.js'], {
      log,
      env: bare ? {} : environment({ withRedis: scenario.redis ?? false }),
    });
    const cookie = scenario.signedIn ? { Cookie: await signIn(server.url) } : {};
    const { path, headers: own, ...request } = scenario.request;
    const headers = { ...own, ...cookie };

    return {
      ...server,
      scenario,
      headers,
      log,
      async run(limit) {
        const { connections } = scenario;
        const before = cpuUs(server.pid);
        const seen = await load({ ...request, ...limit, url: server.url + path, headers, connections, awake });
        const after = cpuUs(server.pid);
        check(seen, scenario, log);
        const used = before === undefined || after === undefined ? undefined : (after - before) / seen.requests;
        return { ...seen, cpuUs: used };
      },
    };
  }
}

/** @throws when the server answered anything but what the scenario expects, with what it logged of that. */
export function check(seen: Load, { name, status }: Scenario, log: string): void {
  if (seen.failures === 0 && seen.statuses.every((each) => each === status)) return;
  const usual = new RegExp(`"status":${status}\\b`);
  const lines = readFileSync(log, 'utf8').split('\n');
  const told = lines.filter((line) => !usual.test(line)).slice(-10);
  throw new Error(`${name} expects ${status} only, but saw ${JSON.stringify(seen)}\n${told.join('\n')}`);
}

async function signIn(url: string): Promise<string> {
  const { path, ...init } = login();
  const response = await fetch(url + path, init);
  if (!response.ok) throw new Error(await response.text());
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
