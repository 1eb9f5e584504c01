import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { browser as httpBrowser } from '../support/client.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { complaintsOf, launchBrowser } from './browser.js';

/** Screenshots for a review before a release; git-ignored. */
const SCREENSHOTS = join(import.meta.dirname, 'screenshots');
const PASSWORD = 'correct horse battery';

const PUBLIC_PAGES = ['/', '/sign-in', '/register', '/no-such-page', '/api/no-such-endpoint', '/api/docs'];
const SETTINGS = ['profile', 'account', 'password', 'devices', 'tokens', 'danger'];
const SIGNED_IN_PAGES = [
  '/',
  ...SETTINGS.map((page) => `/settings/${page}`),
  '/admin/users',
  '/admin/users/new',
  '/admin/users/2',
  '/admin/upstreams',
];
const LOCALES = ['en', 'zh-CN'];
const WIDTHS = [320, 375, 1280];

describeWith('chromium', 'every page', () => {
  let dataDir: string;
  let server: ServerProcess;
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    dataDir = mkdtempSync(join(tmpdir(), 'allium-e2e-'));
    server = await startServerProcess({ DATA_DIR: dataDir });
    browser = await launchBrowser();
    await populate(server);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  describe.each(LOCALES)('in %s', (locale) => {
    it.each(WIDTHS)('fits %i pixels without scrolling sideways, complaining or losing its heading', async (width) => {
      const context = await browser.newContext({ locale, viewport: { width, height: 900 } });
      for (const path of PUBLIC_PAGES) await expectWellDrawn(context, path, `${locale}-${width}-out`);
      await signIn(context);
      for (const path of SIGNED_IN_PAGES) await expectWellDrawn(context, path, `${locale}-${width}-in`);
      await context.close();
    });
  });

  it('changes its language at once and keeps it', async () => {
    const context = await browser.newContext({ locale: 'en-US' });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.getByRole('button', { name: 'Switch to Chinese' }).click();
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await page.reload();
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await context.close();
  });

  it('lets people without JavaScript sign out', async () => {
    const context = await browser.newContext({ locale: 'en-US' });
    await signIn(context);
    const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await context.storageState() });
    const page = await plain.newPage();
    await page.goto(server.url);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${server.url}/`);
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    await Promise.all([plain.close(), context.close()]);
  });

  async function signIn(context: BrowserContext): Promise<void> {
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await page.locator('input[autocomplete*=username]').fill('ada');
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.locator('form button[type=submit]').click();
    await page.waitForURL(`${server.url}/`);
    await page.close();
  }

  async function expectWellDrawn(context: BrowserContext, path: string, name: string): Promise<void> {
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(server.url + path);
    await page.locator('h1, h2').first().waitFor();
    await settled(page);
    expect.soft(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), `${name} ${path}`).toBe(0);
    expect.soft(complaints, `${name} ${path}`).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, `${name}${path.replaceAll('/', '_')}.png`) });
    await page.close();
  }
});

/** Waits until requests and animations of the page have ended. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.evaluate('Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})))');
}

/** An administrator, and a dozen people with names long and short in both languages. */
async function populate({ url, output }: ServerProcess): Promise<void> {
  const admin = httpBrowser(url);
  const token = () => /\/setup\?token=([\w-]+)/.exec(output())?.[1];
  await vi.waitFor(() => expect(token()).toBeTruthy(), { timeout: 5_000 });
  const account = { username: 'ada', email: 'ada@example.com', password: PASSWORD };
  expect((await admin.post('/api/setup', { token: token(), ...account })).status).toBe(201);
  const names = [
    'Grace Hopper',
    '王小明',
    'Maximiliane Freifrau von Hohenstein-Schaumburg',
    '欧阳娜娜',
    'Li',
    'Ada Yonath',
  ];
  for (const [index, name] of [...names, ...names].entries()) {
    const username = `person-${index}`;
    const body = { username, email: `${username}@example.com`, password: PASSWORD, name, isActive: index % 4 !== 3 };
    expect((await admin.post('/api/users', body)).status).toBe(201);
  }
}
