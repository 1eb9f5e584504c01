import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A service of demo/ in a process of its own; it trusts only the keys published at `jwksUrl`. */
export interface DemoService {
  url: string;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

export async function startDemoService(
  file: 'catalog.js' | 'quotes.js',
  settings: { jwksUrl: string; issuer?: string; instance?: string },
): Promise<DemoService> {
  const { jwksUrl: JWKS_URL, issuer: ISSUER = 'allium', instance: INSTANCE = 'catalog' } = settings;
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../demo', file)], {
    env: { PATH: process.env['PATH'], JWKS_URL, ISSUER, INSTANCE },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'], // without us it ends
  });
  const gone = once(child, 'exit');
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return {
    url: line.toString().trim(),
    async stop() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
