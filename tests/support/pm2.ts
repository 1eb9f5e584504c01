import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const PM2 = createRequire(import.meta.url).resolve('pm2/bin/pm2');

/** A project folder of the test's own, whose build it may break, under a pm2 of its own. */
export interface Pm2Stage {
  dir: string;
  logs: string;
  /** Changes ecosystem.config.js, which is as shipped but for two workers wherever this runs. */
  configure(changes: object): void;
  pm2(...args: string[]): Promise<Ended>;
  /** `npm run pm2:reload`, without the build. */
  reload(env?: Record<string, string>): Promise<Ended>;
  workers(): Promise<{ pid: number; status: string }[]>;
  /** Ends the workers, pm2 itself and the folder. */
  close(): Promise<void>;
}

interface Ended {
  code: number;
  output: string;
}

/** Copies the build and what it needs. @param env what the workers' settings are. */
export function stagePm2(env: Record<string, string>): Pm2Stage {
  const dir = mkdtempSync(join(tmpdir(), 'allium-pm2-'));
  const home = join(dir, '.pm2');
  mkdirSync(home);
  for (const name of ['dist', 'package.json', 'ecosystem.config.js']) {
    cpSync(join(ROOT, name), join(dir, name), { recursive: true });
  }
  for (const name of ['node_modules', 'public', 'views']) symlinkSync(join(ROOT, name), join(dir, name));
  renameSync(join(dir, 'ecosystem.config.js'), join(dir, 'shipped.config.js'));
  const configure = (changes: object) =>
    writeFileSync(
      join(dir, 'ecosystem.config.js'),
      `import { apps as shipped } from './shipped.config.js';
       export const apps = shipped.map((app) => ({ ...app, instances: 2, ...${JSON.stringify(changes)} }));`,
    );
  configure({});

  const run = (args: string[], more: Record<string, string> = {}): Promise<Ended> =>
    new Promise((resolve) => {
      const settings = { PATH: process.env['PATH'], HOME: dir, PM2_HOME: home, ...env, ...more };
      execFile(process.execPath, args, { cwd: dir, env: settings, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
      });
    });
  const pm2 = (...args: string[]) => run([PM2, ...args]);

  return {
    dir,
    logs: join(home, 'logs'),
    configure,
    pm2,
    reload: (more) => run(['dist/bin/reload.js'], more),
    async workers() {
      const { output } = await pm2('jlist', '--silent');
      const list = JSON.parse(output.slice(output.indexOf('['))) as { pid: number; pm2_env: { status: string } }[];
      return list.map(({ pid, pm2_env }) => ({ pid, status: pm2_env.status }));
    },
    async close() {
      await pm2('kill');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
