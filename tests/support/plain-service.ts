import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from './until.js';

/** A small service in a process of its own, that the test may kill. */
export interface PlainService {
  signal(name: NodeJS.Signals): void;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

export async function startPlainService(port: number, name: string): Promise<PlainService> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'plain-service-process.js'), String(port), name], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = once(child, 'exit');
  await until(`${name} answers`, () => fetch(`http://127.0.0.1:${port}/`).then(({ ok }) => ok));
  return {
    signal: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
