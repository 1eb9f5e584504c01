import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { freePort } from '../support/redis-server.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { complaintsOf, launchBrowser } from './browser.js';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = ['app', 'bin', 'dev', 'middlewares', 'models', 'public', 'routes', 'services', 'types', 'views', 'web'];
const FILES = ['dist', 'package.json', 'tsconfig.json', 'vite.config.ts'];
const STARTED = { withinMs: 90_000 };
/** Without other load; the machine that runs the tests may be slower, as the time of a plain start shows. */
const RESTART_MS = 2_000;

describeWith('chromium', '`npm run dev`', () => {
  let dir: string;
  let url: string;
  let plainStartMs: number;
  let dev: ChildProcess;
  let output = '';
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'allium-dev-'));
    for (const name of [...SOURCES, ...FILES]) cpSync(join(ROOT, name), join(dir, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
    plainStartMs = await timeOf(async () => {
      const server = await startServerProcess({ DATA_DIR: join(dir, 'plain') });
      await server.stop();
    });
    const port = String(await freePort());
    url = `http://localhost:${port}`;
    dev = spawn(process.execPath, ['dev/run.js'], {
      cwd: dir,
      env: { PATH: process.env['PATH'], HOME: dir, PORT: port },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [dev.stdout, dev.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    browser = await launchBrowser();
    page = await browser.newPage({ locale: 'en-US' });
    page.setDefaultTimeout(60_000);
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    if (dev.exitCode === null && dev.signalCode === null) {
      dev.kill('SIGKILL');
      await once(dev, 'exit');
    }
    rmSync(dir, { recursive: true, force: true });
  });

  it('prints the setup link where people see it', async () => {
    const link = await until('the setup link', () => /Create one at (\S+)/.exec(output)?.[1], STARTED);
    await page.goto(link);
    await page.getByRole('button', { name: 'Create administrator' }).waitFor();

    expect(output).not.toContain('/assets/');
    expect(output).not.toContain('{"level"');
  });

  it('shows a changed component without loading the page again, under the policy of production', async () => {
    await page.goto(`${url}/sign-in`);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    const complaints = complaintsOf(page);
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.evaluate("document.title = 'the same page'");

    change('web/pages/SignInPage.vue', '<AuthPage', '<p>Replaced while you watch</p><AuthPage');
    await page.getByText('Replaced while you watch').waitFor();

    expect(await page.title()).toBe('the same page');
    expect(complaints).toEqual([]);
    const policy = (await fetch(`${url}/sign-in`)).headers.get('Content-Security-Policy') ?? '';
    expect(policy).toMatch(/script-src 'self' 'nonce-[^']+';style-src 'self' 'nonce-[^']+';.*;worker-src blob:$/);
    expect(policy).not.toContain('unsafe');
  });

  it('serves no file of the project but those of the pages', async () => {
    for (const path of ['package.json', 'app/config.ts', 'data/session-key', 'data/allium.sqlite', '@fs/etc/passwd']) {
      const answer = await fetch(`${url}/assets/${path}?raw`);
      expect([path, answer.status >= 400]).toEqual([path, true]);
    }
  });

  it('starts the server again when a file of it changes, and the page comes back', async () => {
    const refused: string[] = [];
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) refused.push(message.text());
    });
    const health = async () => ((await (await fetch(`${url}/health`)).json()) as { status: string }).status;
    expect(await health()).toBe('OK');

    const restart = (before: string, after: string) =>
      timeOf(async () => {
        change('routes/system/probes.ts', `'${before}'`, `'${after}'`);
        await until('the new code', async () => (await health()) === after, { withinMs: 60_000, everyMs: 20 });
      });

    const reloaded = page.waitForEvent('load');
    const first = await restart('OK', 'ONE');
    await reloaded;
    await page.getByText('Replaced while you watch').waitFor();
    await page.goto('about:blank'); // it could load again in the middle of the next restart
    const restartMs = Math.min(first, await restart('ONE', 'TWO'), await restart('TWO', 'THREE'));

    expect(restartMs).toBeLessThan(RESTART_MS + 1.5 * plainStartMs);
    expect(refused).toEqual([]);
    process.stderr.write(`dev: restart ${Math.round(restartMs)} ms; start and stop ${Math.round(plainStartMs)} ms\n`);
  });

  it('keeps the old server while the new code does not compile', async () => {
    change('routes/system/probes.ts', "'THREE'", "'THREE' +* 1");
    await until('what is wrong', () => output.includes('The server goes on as it was'));
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('ends the server when it is ended, even by force', async () => {
    dev.kill('SIGKILL');
    await once(dev, 'exit');
    const gone = until('no server', () =>
      fetch(`${url}/livez`).then(
        () => false,
        () => true,
      ),
    );
    await expect(gone).resolves.toBe(true);
  });

  function change(file: string, from: string, to: string): void {
    const path = join(dir, file);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} holds no ${from}`);
    writeFileSync(path, text.replaceAll(from, to));
  }
});

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
