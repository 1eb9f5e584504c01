import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { CliText } from '../../views/locales/cli.js';
import { PROJECT_ROOT } from '../project-root.js';
import { StartError } from '../start-error.js';

/** Longer than a start may take with Redis at the far end of a slow line. */
const START_MS = 30_000;

/**
 * Starts the build that lies in dist/, beside whatever runs: on a port and with data of its own, else with the settings
 * of this environment. It has to listen, to be ready and to serve the first page with everything the page names.
 *
 * @throws StartError that says what the build did instead.
 */
export async function smokeTest(env: NodeJS.ProcessEnv): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'allium-smoke-'));
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'dist/bin/tethered.js')], {
    cwd: PROJECT_ROOT,
    env: { ...env, ...settings(dataDir) },
    stdio: ['pipe', 'pipe', 'pipe'], // it ends when the first of them closes, so even if we are killed
  });
  const gone = once(child, 'close');
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  try {
    const url = await Promise.race([
      addressIn(child.stdout),
      gone.then(() => failed((text) => errors.trim() || text.silent)),
      once(child, 'error').then(([error]) => failed(() => String(error))),
    ]);
    await checkPages(url);
  } finally {
    child.kill('SIGKILL');
    await gone;
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/**
 * An empty variable is one that is not set, and goes before what .env says. Consul would send requests to this server.
 */
function settings(dataDir: string) {
  const own = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir, DATABASE_URL: '' };
  const apart = { ...own, CONSUL_URL: '', NODE_APP_INSTANCE: '' };
  return { ...apart, NODE_ENV: 'production', LOG_FORMAT: 'json', LOG_LEVEL: 'info' };
}

/** The address that the server logs once it listens. @throws StartError */
function addressIn(log: Readable): Promise<string> {
  let lines = '';
  return new Promise((resolve, reject) => {
    setTimeout(
      reject,
      START_MS,
      brokenBuild((text) => text.late(START_MS / 1_000)),
    ).unref();
    log.setEncoding('utf8').on('data', (chunk: string) => {
      lines += chunk;
      const [, url] = /"url":"([^"]+)"/.exec(lines) ?? [];
      if (url) resolve(url);
    });
  });
}

async function checkPages(url: string): Promise<void> {
  await bodyOf(new URL('/readyz', url));
  const page = await bodyOf(new URL('/', url));
  const assets = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
  if (assets.length === 0) failed((text) => text.noScript);
  await Promise.all(assets.map((path) => bodyOf(new URL(path, url))));
}

async function bodyOf(url: URL): Promise<string> {
  const response = await fetch(url, { headers: { Accept: 'text/html' }, signal: AbortSignal.timeout(START_MS) });
  const body = await response.text();
  return response.status === 200 ? body : failed((text) => text.badStatus(url.pathname, response.status));
}

type Reason = (text: CliText['reload']) => string;

const brokenBuild = (reason: Reason) => new StartError(({ reload: text }) => text.broken(reason(text)));

function failed(reason: Reason): never {
  throw brokenBuild(reason);
}
