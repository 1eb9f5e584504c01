import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** The built server in a process of its own. */
export interface ServerProcess {
  pid: number;
  /** As http://127.0.0.1:3000 */
  url: string;
  /** Everything it has written so far, standard output and error together. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  /** Waits for its end. */
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Ends it and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts dist/bin/www.js and waits until it listens. @throws with its output when it ends instead. */
export async function startServerProcess(env: Record<string, string>): Promise<ServerProcess> {
  const { child, ...server } = runServerProcess(env);
  const { output, exit } = server;
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const [, found] = /"url":"(http:[^"]+)"/.exec(output()) ?? [];
      if (!found) return;
      child.stdout?.off('data', look); // else each line of the log would have all of it searched again
      resolve(found);
    };
    child.stdout?.on('data', look);
    void exit.then(({ code }) => reject(new Error(`the server ended with ${code}:\n${output()}`)));
  });
  return { ...server, url };
}

/** Starts dist/bin/www.js and waits for nothing. */
export function runServerProcess(env: Record<string, string>): Omit<ServerProcess, 'url'> & { child: ChildProcess } {
  const { child, output, exit } = run(['dist/bin/www.js'], { PORT: '0', LOG_FORMAT: 'json', ...env });
  return {
    child,
    pid: child.pid ?? 0,
    output,
    signal: (name) => void child.kill(name),
    exit,
    stop(signal = 'SIGTERM') {
      child.kill('SIGCONT');
      child.kill(signal);
      return exit;
    },
  };
}

/** Runs a file of the project to its end. */
export async function runToEnd(args: string[], env: Record<string, string>, input?: string) {
  const { child, output, exit } = run(args, env);
  child.stdin?.end(input);
  const { code } = await exit;
  return { code, output: output() };
}

function run(args: string[], env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: ROOT,
    // Nothing of the developer's own settings may reach the server under test.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'production', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const exit = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return { child, output: () => text, exit };
}
