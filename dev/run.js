/**
 * `npm run dev`: the server, and behind it Vite's dev server, on one address. A changed file of the pages reaches the
 * browser by hot module replacement; a changed file of the server is compiled alone and starts the server again.
 * Types are not checked here: that is what editors and `npm run check` are for.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { createServer, transformWithOxc } from 'vite';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = /^(?:app|bin|routes|middlewares|services|models|views)\/.*(?<!\.test|\.d)\.ts$/;
const TEMPLATE = /^views\/[^/]*\.(?:pug|css)$/;
/** Editors write in several steps. */
const QUIET_MS = 30;
/** How long the old server may take to answer what it is working on. */
const PATIENCE_MS = 300;

const vite = await createServer({ root: ROOT, clearScreen: false, logLevel: 'warn' });
await vite.listen();
const { address, port } = vite.httpServer.address();
const env = {
  LOG_FORMAT: 'pretty',
  ...process.env,
  NODE_ENV: 'development',
  VITE_URL: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
};
let server = start();
server.once('exit', stopUnlessRestarted);

const changed = new Set();
let timer;
let turn = Promise.resolve();
for (const event of ['add', 'change', 'unlink']) {
  vite.watcher.on(event, (path) => {
    const file = relative(ROOT, path).replaceAll(sep, '/');
    if (!SOURCE.test(file) && !TEMPLATE.test(file)) return;
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => void (turn = turn.then(rebuild)), QUIET_MS);
  });
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void stop(0));

/** Its standard input is a pipe of ours: the server ends with this process, however this ends. */
function start() {
  return spawn(process.execPath, ['dist/bin/tethered.js'], { cwd: ROOT, env, stdio: ['pipe', 'inherit', 'inherit'] });
}

/** A first start that fails is a matter of settings, which no change of a file mends. */
function stopUnlessRestarted(code) {
  void stop(code ?? 1);
}

async function rebuild() {
  const files = [...changed];
  changed.clear();
  try {
    if (files.some((file) => TEMPLATE.test(file))) {
      execFileSync(process.execPath, ['views/compile.js', 'dist/templates.cjs'], { cwd: ROOT, stdio: 'inherit' });
    }
    await Promise.all(files.filter((file) => SOURCE.test(file)).map(compile));
  } catch (error) {
    process.stderr.write(`${error.message}\nThe server goes on as it was.\n`);
    return;
  }
  server.removeListener('exit', stopUnlessRestarted);
  await end();
  server = start();
}

async function compile(file) {
  const source = join(ROOT, file);
  const output = join(ROOT, 'dist', file.replace(/\.ts$/, '.js'));
  if (!existsSync(source)) return rmSync(output, { force: true });
  const { code } = await transformWithOxc(readFileSync(source, 'utf8'), source, { sourcemap: false });
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, code);
}

async function end() {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  const patience = setTimeout(() => server.kill('SIGKILL'), PATIENCE_MS);
  await ended;
  clearTimeout(patience);
}

async function stop(code) {
  server.removeListener('exit', stopUnlessRestarted);
  await Promise.all([end(), vite.close()]);
  process.exit(code);
}
