import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browser as httpBrowser, type Client } from '../support/client.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { launchBrowser } from './browser.js';

/** Screenshots for a review before a release; git-ignored. */
const SCREENSHOTS = join(import.meta.dirname, 'screenshots');
const PASSWORD = 'correct horse battery';
const LONG_NAME = 'W'.repeat(47);
const LONG_EMAIL = `${'a-long-address.'.repeat(4)}x@${'subdomain.'.repeat(8)}example.com`;
const ROW_PX = 72;

describeWith('chromium', 'the appearance', () => {
  let dataDir: string;
  let server: ServerProcess;
  let browser: Browser;
  let admin: Client;
  let longId: number;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    dataDir = mkdtempSync(join(tmpdir(), 'allium-e2e-'));
    server = await startServerProcess({ DATA_DIR: dataDir });
    browser = await launchBrowser();
    admin = httpBrowser(server.url);
    const token = await until('a setup link', () => /setup\?token=([\w-]+)/.exec(server.output())?.[1]);
    const root = { username: 'root', email: LONG_EMAIL, password: PASSWORD };
    await admin.post('/api/setup', { token, ...root });
    await admin.patch('/api/users/1', { name: LONG_NAME });
    const body = { username: 'W'.repeat(20), email: `b${LONG_EMAIL}`, password: PASSWORD, name: LONG_NAME };
    longId = (await admin.post('/api/users', body)).json<{ user: { id: number } }>().user.id;
    const writer = httpBrowser(server.url);
    await writer.post('/api/auth/login', { username: body.username, password: PASSWORD });
    await writer.post('/api/posts', { title: 'A post', content: 'text', category: 'tech', status: 'published' });
    await admin.post('/api/auth/tokens', { name: 'Nightly', scopes: ['read'], expiresInDays: 30 });
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  async function signedIn(
    options: Parameters<Browser['newContext']>[0],
  ): Promise<{ context: BrowserContext; page: Page }> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(`${server.url}/sign-in`);
    await page.locator('input[autocomplete*=username]').fill('root');
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.locator('form button[type=submit]').click();
    await page.waitForURL(`${server.url}/`);
    return { context, page };
  }

  describe.each([
    ['en-US', 375, 'light'],
    ['zh-CN', 375, 'dark'],
    ['en-US', 1280, 'dark'],
    ['zh-CN', 1280, 'light'],
  ] as const)('in %s at %i px, %s', (locale, width, colorScheme) => {
    const shape = { locale, colorScheme, viewport: { width, height: 800 } };
    const shot = (page: Page, name: string) =>
      page.screenshot({ path: join(SCREENSHOTS, `shows-${locale}-${width}-${colorScheme}-${name}.png`) });

    it('long names and addresses widen no page and heighten no row', async () => {
      const { context, page } = await signedIn(shape);
      for (const path of [
        '/',
        '/settings/profile',
        '/settings/devices',
        '/settings/tokens',
        '/admin/users',
        `/admin/users/${longId}`,
      ]) {
        await page.goto(server.url + path);
        await page.waitForLoadState('networkidle');
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), path).toBe(0);
        const overflowing = `const scrolls = (element) => element !== null &&
          (getComputedStyle(element).overflowX === 'auto' || scrolls(element.parentElement)); [...document.querySelectorAll('main *, dialog *')].filter((element) =>
          !element.closest('svg') && !scrolls(element) && element.getBoundingClientRect().right > innerWidth + 1).map((element) => element.className)`;
        expect(await page.evaluate(overflowing), path).toEqual([]);
        await shot(page, path.replaceAll('/', '_'));
      }
      await page.goto(`${server.url}/admin/users`);
      await page.locator('tbody tr').first().waitFor();
      const heights = await page.evaluate<number[]>(
        `[...document.querySelectorAll('tbody tr')].map((row) => row.offsetHeight)`,
      );
      expect(Math.max(...heights)).toBeLessThan(width < 960 ? 260 : ROW_PX);
      await context.close();
    });

    it('the dialogs for a deletion and a revocation are drawn', async () => {
      const { context, page } = await signedIn(shape);
      await page.goto(`${server.url}/admin/users`);
      await page.locator('tbody tr').first().locator('button').click();
      await page.locator('.menu-item--danger').click();
      await page.locator('dialog input[type=radio]').first().waitFor();
      await shot(page, 'delete');
      await page.keyboard.press('Escape');
      await page.goto(`${server.url}/settings/tokens`);
      await page
        .locator('button', { hasText: /^(Revoke|撤销)$/ })
        .first()
        .click();
      await page.locator('dialog h2').waitFor();
      await page.evaluate('document.fonts.ready');
      await shot(page, 'revoke');
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      await context.close();
    });
  });

  it('headings use the Latin serif, whose quotation marks are narrow', async () => {
    const { context, page } = await signedIn({ locale: 'en-US' });
    const fonts: string[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('.woff2')) fonts.push(`${response.status()} ${response.headers()['content-type']}`);
    });
    await page.goto(`${server.url}/settings/tokens`);
    await page.getByRole('button', { name: 'Revoke Nightly' }).click();
    await page.evaluate('document.fonts.ready');
    const width = `(() => { const context = document.createElement('canvas').getContext('2d');
      context.font = '600 100px ' + getComputedStyle(document.querySelector('dialog h2')).fontFamily;
      return context.measureText('“').width; })()`;
    expect(await page.evaluate(width)).toBeLessThan(60);
    expect(fonts).toEqual(['200 font/woff2']);
    for (const path of ['/api/docs', '/api/no-such-thing']) {
      const other = await context.newPage();
      await other.goto(server.url + path);
      await other.evaluate('document.fonts.ready');
      expect(await other.evaluate(`document.fonts.check('600 20px Lora')`), path).toBe(true);
    }
    await context.close();
  });

  it('a sheet sets the title of the tab', async () => {
    const { context, page } = await signedIn({ locale: 'en-US' });
    await page.goto(`${server.url}/admin/users/1`);
    await expect.poll(() => page.title()).toBe('Edit root · Allium');
    await page.goto(`${server.url}/admin/users/new`);
    await expect.poll(() => page.title()).toBe('New user · Allium');
    await context.close();
  });

  it('a missing user leads back to the list', async () => {
    const { context, page } = await signedIn({ locale: 'en-US' });
    await page.goto(`${server.url}/admin/users/999999`);
    await page.getByText('This user does not exist').waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await shot1280(page, 'missing');
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await page.waitForURL(`${server.url}/admin/users`);
    await context.close();
  });

  it('without a network one message says so', async () => {
    const { context, page } = await signedIn({ locale: 'en-US' });
    await page.goto(`${server.url}/admin/users`);
    await page.getByRole('table').waitFor();
    await context.setOffline(true);
    await page.getByText('You are offline.').waitFor();
    await page.getByRole('button', { name: 'User', exact: true }).click();
    await page.getByText('The server cannot be reached.').waitFor();
    expect(await page.getByText('You are offline.').count()).toBe(0);
    await shot1280(page, 'offline');
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('The server cannot be reached.').waitFor({ state: 'detached' });
    await context.close();
  });

  it('the setup page says that it is done', async () => {
    const { context, page } = await signedIn({ locale: 'en-US' });
    await page.goto(`${server.url}/setup`);
    await page.getByRole('heading', { name: 'Allium is set up' }).waitFor();
    await page.goto(`${server.url}/setup?token=used`);
    await page.getByRole('heading', { name: 'Allium is set up' }).waitFor();
    expect(await page.locator('main form input').count()).toBe(0);
    await shot1280(page, 'setup');
    await context.close();
  });

  const shot1280 = (page: Page, name: string) => page.screenshot({ path: join(SCREENSHOTS, `shows-${name}.png`) });
});
