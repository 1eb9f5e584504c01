import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../support/client.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { complaintsOf, launchBrowser } from './browser.js';

/** Screenshots for a review before a release; git-ignored. */
const SCREENSHOTS = join(import.meta.dirname, 'screenshots');
const ACCOUNT = { username: 'ada', email: 'ada@example.com', password: 'correct horse battery' };

describeWith('chromium', 'devices and access tokens', () => {
  let dataDir: string;
  let server: ServerProcess;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    dataDir = mkdtempSync(join(tmpdir(), 'allium-e2e-'));
    server = await startServerProcess({ DATA_DIR: dataDir });
    browser = await launchBrowser();
    await program(server.url, { 'User-Agent': 'curl/8.5.0' }).post('/api/auth/register', ACCOUNT);
    context = await browser.newContext({ locale: 'en-US', permissions: ['clipboard-read', 'clipboard-write'] });
    page = await signedIn(context);
    complaints = complaintsOf(page);
    await page.goto(`${server.url}/settings/devices`);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('lists the devices, and signs one of them out', async () => {
    const elsewhere = await signedIn(await browser.newContext({ locale: 'en-US' }));
    await page.reload();
    const devices = page.getByRole('list', { name: 'Devices' }).getByRole('listitem');
    await devices.getByText('this device').waitFor();
    expect(await devices.count()).toBe(3);

    await devices.filter({ hasText: 'curl' }).getByRole('button').click();
    await page.getByText('curl was signed out.').waitFor();
    await expect.poll(() => devices.count()).toBe(2);

    await page.getByRole('button', { name: 'Sign out all other devices' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out all other devices' }).click();
    await expect.poll(() => devices.count()).toBe(1);
    await elsewhere.goto(`${server.url}/settings/devices`);
    await elsewhere.waitForURL(/sign-in/);
  });

  it('makes an access token, shows it once, and revokes it', async () => {
    await page.getByRole('link', { name: 'Access tokens' }).click();
    await page.getByRole('button', { name: 'New access token' }).click();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Fill in this field.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Nightly backup');
    await page.getByRole('button', { name: 'Create' }).click();
    const shown = (await page.locator('code', { hasText: 'alm_' }).textContent()) ?? '';
    const script = program(server.url, { Authorization: `Bearer ${shown}` });
    expect((await script.get('/api/auth/me')).json()).toMatchObject({ user: { username: 'ada' } });
    await page.getByRole('button', { name: 'Copy' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(shown);

    await page.reload();
    await page.getByRole('button', { name: 'Revoke Nightly backup' }).waitFor();
    expect(await page.getByText('alm_').count()).toBe(0);

    await page.getByRole('button', { name: 'Revoke Nightly backup' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('You have no access tokens.').waitFor();
    expect((await script.get('/api/auth/me')).status).toBe(401);
  });

  describe.each(['en-US', 'zh-CN'])('in %s', (locale) => {
    it.each([
      [1280, 'light'],
      [375, 'dark'],
      [320, 'light'],
    ] as const)('fits %i pixels, %s', async (width, colorScheme) => {
      const shape = { locale, colorScheme, viewport: { width, height: 900 } };
      const other = await signedIn(await browser.newContext(shape));
      await program(server.url, { 'User-Agent': 'curl/8.5.0' }).post('/api/auth/login', signInOf(ACCOUNT));
      await other.goto(`${server.url}/settings/tokens`);
      await other.locator('button:has(.lucide-plus)').click();
      await other.locator('input[name=name][maxlength="50"]').last().fill('Nightly backup of everything');
      await other.screenshot({ path: join(SCREENSHOTS, `devices-${locale}-${width}-${colorScheme}-form.png`) });
      await other.locator('dialog button[type=submit]').click();
      await other.locator('code', { hasText: 'alm_' }).waitFor();
      expect(await other.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      await other.screenshot({
        path: join(SCREENSHOTS, `devices-${locale}-${width}-${colorScheme}.png`),
        fullPage: true,
      });
      await other.context().close();
    });
  });

  it('renders without a script error or a policy violation', () => {
    expect(complaints).toEqual([]);
  });

  async function signedIn(where: BrowserContext): Promise<Page> {
    const opened = await where.newPage();
    opened.setDefaultTimeout(15_000);
    await opened.goto(`${server.url}/sign-in`);
    await opened.locator('input[autocomplete*=username]').fill(ACCOUNT.username);
    await opened.locator('input[type=password]').fill(ACCOUNT.password);
    await opened.locator('form button[type=submit]').click();
    await opened.waitForURL(`${server.url}/`);
    return opened;
  }
});

function signInOf({ username, password }: typeof ACCOUNT) {
  return { username, password };
}
