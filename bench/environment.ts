import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from './postgres.js';
import { cpuUs, load, pacedLoad, startRedis, startServer, type Load, type Pace, type Server } from './processes.js';
import { emailOf, login, SERVERS, type Request, type Scenario } from './scenarios.js';
import { seed, seedPosts } from './seed.js';

/** A server under load, and how to load it. */
export interface Target extends Server {
  scenario: Scenario;
  /** As the load generator sends it, session cookie included. */
  headers: Record<string, string>;
  /** The file it logs to. */
  log: string;
  /** One round. @param limit seconds, or a number of requests; a scenario's own number goes before. */
  run(limit: Limit): Promise<Load & { cpuUs: number | undefined }>;
  /** Sends so many requests a second instead of as many as are answered. `list` is a file from `listFile`. */
  runAt(rate: number, sent: Pick<Pace, 'list' | 'from' | 'duration'>): Promise<Load>;
  /** The length of the answer to the first request. */
  answerBytes(): Promise<number>;
}

/** Seconds or a number of requests, as fast as they are answered. */
type Limit = { duration: number } | { amount: number };

export type BenchEnvironment = Awaited<ReturnType<typeof createBenchEnvironment>>;

interface Options {
  /** Keeps the load generator from sleeping, so that no answer pays for waking it. */
  awake: boolean;
  /** A folder in which seeded databases stay for the next time; otherwise they are removed with everything else. */
  keep?: string | undefined;
}

/** Everything that servers under test need: databases to copy, a Redis, a temporary folder that is removed at exit. */
export async function createBenchEnvironment({ awake, keep }: Options) {
  const folder = mkdtempSync(join(tmpdir(), 'allium-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const people = join(folder, 'seeded-0');
  await seed(people);
  const redis = await startRedis();
  let postgres: ReturnType<typeof startPostgres> | undefined;
  let count = 0;

  return {
    folder,
    hasRedis: redis !== undefined,
    settings,
    start,
    seeded,
    listFile,
    stop: async () => (await postgres)?.stop(),
  };

  /** A DATA_DIR with so many posts, to be copied. */
  function seeded(posts = 0): string {
    const dataDir = join((posts > 0 && keep) || folder, `seeded-${posts}`);
    if (existsSync(dataDir)) return dataDir;
    const unfinished = `${dataDir}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    cpSync(people, unfinished, { recursive: true });
    seedPosts(unfinished, posts);
    renameSync(unfinished, dataDir);
    return dataDir;
  }

  /** Settings for a server with a database of its own, as a production one has them. */
  function settings({ withRedis, posts = 0 }: { withRedis: boolean; posts?: number }): Record<string, string> {
    count += 1;
    const dataDir = join(folder, `data-${count}`);
    cpSync(seeded(posts), dataDir, { recursive: true });
    return {
      DATA_DIR: dataDir,
      PORT: '0',
      LOG_FORMAT: 'json',
      ...(withRedis && redis && { REDIS_URL: `${redis.url}/${count}` }),
    };
  }

  /** Starts a scenario's server and signs in, if the scenario wants that. @param nodeArgs go before the program. */
  async function start(scenario: Scenario, nodeArgs: string[] = []): Promise<Target> {
    const { name, connections, posts = 0, redis: withRedis = false, once = false } = scenario;
    const log = join(folder, `${name}.log`);
    const env = scenario.server === 'bare' ? {} : settings({ withRedis, posts });
    if (scenario.postgres)
      env['DATABASE_URL'] = await (await (postgres ??= startPostgres(seeded(posts)))).createDatabase();
    const program = scenario.program ?? SERVERS[scenario.server];
    const server = await startServer([...nodeArgs, program], { log, env });
    const cookie = scenario.signedIn ? { Cookie: await signIn(server.url) } : {};
    const { path, headers: own, ...request } = scenario.request;
    const headers = { ...own, ...cookie };
    const requests = scenario.people ? await byPeople(server.url, path, scenario.people) : scenario.requests;
    const list = requests && listFile(name, requests);
    let from = 0;

    return {
      ...server,
      scenario,
      headers,
      log,
      async run(limit) {
        const round = scenario.amount === undefined ? limit : { amount: scenario.amount };
        const sending = { ...request, ...round, ...(list && { list, from }), url: server.url + path, headers };
        const before = cpuUs(server.pid);
        const seen = await load({ ...sending, connections, awake });
        const after = cpuUs(server.pid);
        check(seen, scenario, log);
        from = seen.next;
        if (once && from > (scenario.requests?.length ?? 0)) throw new Error(`${name} needs more different requests`);
        const used = before === undefined || after === undefined ? undefined : (after - before) / seen.requests;
        return { ...seen, cpuUs: used };
      },
      runAt: (rate, sent) => pacedLoad({ rate, ...sent, url: server.url, headers }),
      async answerBytes() {
        const response = await fetch(server.url + path, {
          ...request,
          headers: { ...headers, ...requests?.[0]?.headers },
        });
        return (await response.arrayBuffer()).byteLength;
      },
    };
  }

  function listFile(name: string, requests: readonly Request[]): string {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(requests));
    return file;
  }
}

/** @throws when the server answered anything but what the scenario expects, with what it logged of that. */
export function check(seen: Load, { name, status, statuses = [status] }: Scenario, log: string): void {
  if (seen.failures === 0 && seen.statuses.every((each) => statuses.includes(each))) return;
  const usual = new RegExp(`"status":(${statuses.join('|')})\\b`);
  const lines = readFileSync(log, 'utf8').split('\n');
  const unexpected = lines.filter((line) => !usual.test(line)).slice(-10);
  throw new Error(`${name} expects ${statuses.join()} only, but saw ${JSON.stringify(seen)}\n${unexpected.join('\n')}`);
}

/** A request by each person. */
async function byPeople(url: string, path: string, people: number): Promise<Request[]> {
  const requests: Request[] = [];
  for (let person = 1; person <= people; person += 1) {
    requests.push({ path, headers: { Cookie: await signIn(url, emailOf(person)) } });
  }
  return requests;
}

async function signIn(url: string, email?: string): Promise<string> {
  const { path, ...init } = login(email);
  const response = await fetch(url + path, init);
  if (!response.ok) throw new Error(await response.text());
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
