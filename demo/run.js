/**
 * A demonstration of the gateway: Allium, three instances of one service and one of another, each in a process of its
 * own, on free ports of this machine. Ctrl-C ends all of them; nothing is left but what is on the screen.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const dir = mkdtempSync(join(tmpdir(), 'allium-demo-'));
const port = process.env['PORT'] || String(await freePort());
const url = `http://127.0.0.1:${port}`;
const children = [];

process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void stop(0));

const JWKS_URL = `${url}/.well-known/jwks.json`;
const catalog = await Promise.all(
  ['catalog-1', 'catalog-2', 'catalog-3'].map((INSTANCE) => startService('catalog.js', { JWKS_URL, INSTANCE })),
);
const quotes = await startService('quotes.js', { JWKS_URL });

const UPSTREAMS_FILE = join(dir, 'allium.upstreams.json');
writeFileSync(UPSTREAMS_FILE, JSON.stringify(declaration(catalog, quotes), undefined, 2));

const password = randomBytes(9).toString('base64url');
const env = { ...process.env, NODE_ENV: 'production', DATA_DIR: join(dir, 'data'), UPSTREAMS_FILE, PORT: port };
await createAdministrator();
const allium = run(['dist/bin/www.js'], { ...env, LOG_LEVEL: 'warn' }, ['ignore', 'inherit', 'inherit']);
await answering();

process.stdout.write(`
  Allium            ${url}
  Sign in as        demo, with the password ${password}
  Try the gateway   ${url}/upstreams?upstream=catalog&path=/items
  Its declaration   ${UPSTREAMS_FILE} (change it: it is read again)

  Ctrl-C ends everything.

`);

function declaration(catalogUrls, quotesUrl) {
  return {
    upstreams: {
      catalog: {
        instances: catalogUrls,
        allow: [
          { methods: ['GET', 'HEAD'], paths: ['/items', '/items/:id'] },
          { methods: ['POST'], paths: ['/rest'] },
        ],
        token: 'user',
        health: { path: '/health', intervalMs: 1_000 },
      },
      quotes: {
        instances: [quotesUrl],
        allow: [{ methods: ['GET'], paths: ['/quote'] }],
        token: 'user',
        timeouts: { headersMs: 2_000 },
      },
    },
  };
}

/** `PORT` in the environment is Allium's: each service takes a free one. */
async function startService(file, settings) {
  const child = run([join('demo', file)], { ...process.env, PORT: '0', ...settings }, [
    'ignore',
    'pipe',
    'inherit',
    'ipc',
  ]);
  const [line] = await once(child.stdout, 'data');
  return String(line).trim();
}

/** The password goes by standard input, as from a shell: arguments can be read by everybody on the machine. */
async function createAdministrator() {
  const args = ['dist/bin/allium.js', 'user', 'create', '--admin', '--username', 'demo', '--email', 'demo@example.com'];
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(`${password}\n`);
  const [code] = await once(child, 'exit');
  if (code !== 0) await stop(1);
}

function run(args, variables, stdio) {
  const child = spawn(process.execPath, args, { cwd: ROOT, env: variables, stdio });
  children.push(child);
  child.once('exit', (code) => void stop(code === 0 ? 0 : 1)); // the demonstration needs all of them
  return child;
}

async function answering() {
  while (allium.exitCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function stop(code) {
  const alive = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  for (const child of alive) child.removeAllListeners('exit');
  const ends = alive.map((child) => once(child, 'exit'));
  for (const child of alive) child.kill();
  await Promise.all(ends);
  process.exit(code);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address();
  server.close();
  return free;
}
