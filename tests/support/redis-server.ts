import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { pathOf } from './requires.js';

/** A redis-server of the test's own, that it may kill. Keeps nothing on disk unless `dir` is given. */
export interface RedisServer {
  url: string;
  port: number;
  signal(name: NodeJS.Signals): void;
  /** Ends it and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export async function startRedisServer(options: { port?: number; dir?: string } = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  // A replica receives a file, wherever nothing else is stored.
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'allium-redis-'));
  const persistence = ['--dir', dir, ...(options.dir ? ['--appendonly', 'yes'] : ['--save', '', '--appendonly', 'no'])];
  const child = spawn(pathOf('redis-server'), ['--bind', '127.0.0.1', '--port', String(port), ...persistence], {
    stdio: 'ignore',
  });
  const gone = once(child, 'exit');
  const url = `redis://127.0.0.1:${port}`;
  await answering(url);
  return {
    url,
    port,
    signal: (name) => void child.kill(name),
    async stop(signal = 'SIGKILL') {
      child.kill('SIGCONT'); // a stopped process would not take any other signal but KILL
      child.kill(signal);
      await gone;
      if (!options.dir) rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function answering(url: string): Promise<void> {
  const probe = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  probe.on('error', () => {});
  await probe.ping();
  probe.disconnect();
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
