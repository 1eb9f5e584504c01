import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A service in a process of its own. */
export interface UpstreamProcess {
  url: string;
  port: number;
  pid: number;
  figures(): Promise<{ name: string; seen: number; aborted: number; received: number }>;
  signal(name: NodeJS.Signals): void;
  /** Kills it and waits until it is gone. */
  stop(): Promise<void>;
}

export interface UpstreamOptions {
  name?: string;
  /** A free one without it. */
  port?: number;
  mode?: 'http' | 'https' | 'silent';
  /** Connections that may wait to be accepted (listen(2)). */
  backlog?: number;
  key?: string;
  cert?: string;
}

/** Starts tests/support/upstream-server.js and waits until it listens. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<UpstreamProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'upstream-server.js'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'], // without us it ends
  });
  const exit = once(child, 'exit');
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const port = Number(line.toString());
  const url = `${options.mode === 'https' ? 'https' : 'http'}://127.0.0.1:${port}`;
  return {
    url,
    port,
    pid: child.pid ?? 0,
    async figures() {
      return (await (await fetch(`${url}/figures`)).json()) as {
        name: string;
        seen: number;
        aborted: number;
        received: number;
      };
    },
    signal: (name) => void child.kill(name),
    async stop() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** What may be asked of an upstream of the tests: everything. */
export const EVERYTHING = [{ methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], paths: ['/*'] }];

/** Writes the file of upstreams as a deployment would: in one step. */
export function writeUpstreams(file: string, upstreams: Record<string, object>): void {
  writeFileSync(`${file}.next`, JSON.stringify({ upstreams }));
  renameSync(`${file}.next`, file);
}
