import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from './redis-server.js';
import { until } from './until.js';

/** Debian has a folder for each major version, which is not in PATH. */
const DEBIAN = '/usr/lib/postgresql';
const USER = 'allium';

/** A PostgreSQL server of the test's own, that it may kill. */
export interface PostgresServer {
  port: number;
  /** Creates an empty database, or a copy of one that has no connections. @returns its URL */
  createDatabase(name: string, template?: string): Promise<string>;
  /** Sends a signal to each of its processes: one that is stopped leaves the others at work. */
  signal(name: NodeJS.Signals): void;
  /** Ends it at once and starts it again on the same port, when `begin` is called. */
  interrupt(): Promise<{ begin(): Promise<void> }>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** @param launcher a command that starts it, as `taskset -c 1`. */
export async function startPostgresServer(launcher: readonly string[] = []): Promise<PostgresServer> {
  const bin = binaries();
  const account = ownAccount();
  const dir = mkdtempSync(join(tmpdir(), 'allium-postgres-'));
  chmodSync(dir, 0o700);
  if (account) chownSync(dir, account.uid, account.gid);
  const data = join(dir, 'data');
  const initialize = ['--auth=trust', `--username=${USER}`, '--encoding=UTF8', '--locale=C', '--no-sync'];
  execFileSync(join(bin, 'initdb'), [...initialize, data], { ...account, cwd: dir, stdio: 'ignore' });

  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    fsync: 'off', // test data need not survive a power cut
    max_connections: 400,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const urlOf = (database: string) => `postgres://${USER}@127.0.0.1:${port}/${database}`;
  const begin = async () => {
    const [command = '', ...rest] = [...launcher, join(bin, 'postgres'), '-D', data, ...args];
    const child = spawn(command, rest, { ...account, cwd: dir, stdio: 'ignore' });
    const gone = once(child, 'exit');
    await until('PostgreSQL answers', () => execute(urlOf('postgres'), 'SELECT 1'));
    return { child, gone };
  };
  let running = await begin();
  const signal = (name: NodeJS.Signals) => {
    for (const pid of processesOf(running.child.pid ?? 0)) process.kill(pid, name);
  };
  const end = async () => {
    signal('SIGCONT');
    running.child.kill('SIGQUIT'); // "immediate shutdown": without waiting for clients
    await running.gone;
  };

  return {
    port,
    async createDatabase(name, template = 'template1') {
      await execute(urlOf('postgres'), `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
      return urlOf(name);
    },
    signal,
    async interrupt() {
      await end();
      return { begin: async () => void (running = await begin()) };
    },
    async stop() {
      await end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The first process, which starts all others, and those. */
function processesOf(first: number): number[] {
  const children = readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').split(' ').filter(Boolean);
  return [first, ...children.map(Number)];
}

async function execute(url: string, sql: string): Promise<true> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(sql);
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}

export function binaries(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newest = versions.toSorted((one, other) => Number(other) - Number(one))[0];
  if (newest !== undefined) return join(DEBIAN, newest, 'bin');
  try {
    return execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
  } catch (cause) {
    throw new Error('PostgreSQL is missing; install it (Debian: apt-get install postgresql)', { cause });
  }
}

/** PostgreSQL refuses to run as root. */
function ownAccount(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
