import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { program } from '../support/client.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { complaintsOf, launchBrowser } from './browser.js';

/** Screenshots for a review before a release; git-ignored. */
const SCREENSHOTS = join(import.meta.dirname, 'screenshots');
const PASSWORD = 'correct horse battery';

describeWith('chromium', 'the settings', () => {
  let dataDir: string;
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let people = 0;
  let username: string;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    dataDir = mkdtempSync(join(tmpdir(), 'allium-e2e-'));
    server = await startServerProcess({ DATA_DIR: dataDir });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });
  beforeEach(async () => {
    people += 1;
    username = `person${people}`;
    page = await (await browser.newContext({ locale: 'en-US' })).newPage();
    page.setDefaultTimeout(15_000);
    complaints = complaintsOf(page);
    await page.goto(`${server.url}/register`);
    await page.getByLabel('User name').fill(username);
    await page.getByLabel('Email').fill(`${username}@example.com`);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.locator('form button[type=submit]').click();
    await page.waitForURL(`${server.url}/`);
  });
  afterEach(() => page.context().close());

  const open = (name: string) => page.goto(`${server.url}/settings/${name}`);

  it('begin with the profile, and name each page in its title and heading', async () => {
    await page.goto(`${server.url}/settings`);
    await page.waitForURL(`${server.url}/settings/profile`);
    const names = await page.getByRole('navigation', { name: 'Settings' }).getByRole('link').allInnerTexts();
    for (const name of [...names.slice(1), ...names.slice(0, 1)]) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.locator(`nav [aria-current=page]`, { hasText: name }).waitFor();
      const heading = page.getByRole('heading', { level: 1 });
      expect(await page.title()).toBe(`${await heading.innerText()} · Allium`);
      await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('H1');
    }
    expect(names).toEqual(['Profile', 'Account', 'Password', 'Devices', 'Access tokens', 'Data and deletion']);
    expect(complaints).toEqual([]);
  });

  it('ask before unsaved text is left for another page', async () => {
    await open('profile');
    await page.getByLabel('Display name').fill('Not saved');
    await page.getByRole('link', { name: 'Password' }).click();
    await page.getByRole('button', { name: 'Keep editing' }).click();
    expect(await page.getByLabel('Display name').inputValue()).toBe('Not saved');
    await page.getByRole('link', { name: 'Password' }).click();
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await page.getByRole('heading', { level: 1, name: 'Password' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('take a picture, of which a square is chosen by keyboard, and remove it', async () => {
    await open('profile');
    await choosePicture(await picture());
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('application').focus();
    const before = await corner();
    for (const key of ['+', '+', '+', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    expect(await corner()).not.toEqual(before);
    expect(Number(await dialog.getByLabel('Zoom').inputValue())).toBeCloseTo(1.3);
    await page.screenshot({ path: join(SCREENSHOTS, 'settings-crop.png') });
    await dialog.getByRole('button', { name: 'Save picture' }).click();
    await page.getByText('Picture saved.').waitFor();
    const shown = page.locator('main section img');
    const size = `(({ naturalWidth, naturalHeight }) => [naturalWidth, naturalHeight])(document.querySelector('main section img'))`;
    await expect.poll(() => page.evaluate(size)).toEqual([512, 512]);

    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Remove picture' }).click();
    await page.getByText('Picture removed.').waitFor();
    expect(await shown.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('show how much of a picture is sent, cancel it, and lose nothing when it fails', async () => {
    await open('profile');
    await choosePicture(await picture());
    const dialog = page.getByRole('dialog');
    await page.route('**/api/upload/single', () => {}); // never sent
    await dialog.getByRole('button', { name: 'Save picture' }).click();
    await dialog.getByRole('progressbar').waitFor();
    await dialog.getByRole('button', { name: 'Cancel upload' }).click();
    await dialog.getByRole('progressbar').waitFor({ state: 'detached' });
    await page.unroute('**/api/upload/single');

    await page.route('**/api/upload/single', (route) => route.abort());
    await dialog.getByRole('button', { name: 'Save picture' }).click();
    await dialog.getByText('The server cannot be reached.').waitFor();
    await page.unroute('**/api/upload/single');
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Picture saved.').waitFor();
    expect(complaints).toEqual([]);
  });

  it('refuse a file that is no picture', async () => {
    await open('profile');
    await choosePicture(Buffer.from('not a picture'));
    await page.getByText('Your browser cannot read this file as a picture.').waitFor();
    expect(complaints).toEqual([]);
  });

  it('change the user name, and the language and the theme of this browser', async () => {
    await open('account');
    await page.getByLabel('User name').fill(`${username}-renamed`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Account saved.').waitFor();
    await page.getByRole('combobox', { name: 'Theme' }).selectOption('Dark');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.getByRole('combobox', { name: 'Language' }).selectOption('中文');
    await page.getByRole('heading', { level: 1, name: '账号' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('change the password, which ends the other sign-ins', async () => {
    await program(server.url).post('/api/auth/login', { username, password: PASSWORD });
    await open('devices');
    const devices = page.getByRole('list', { name: 'Devices' }).getByRole('listitem');
    await expect.poll(() => devices.count()).toBe(2);
    await page.getByRole('link', { name: 'Password' }).click();
    await page.getByLabel('Current password').fill('wrong');
    await page.getByLabel('New password').fill('another long phrase');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('This is not your current password.').waitFor();
    await page.getByLabel('Current password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Password changed.').waitFor();
    await page.getByRole('link', { name: 'Devices' }).click();
    await expect.poll(() => devices.count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('hand over an archive of all data', async () => {
    await open('danger');
    await page.getByRole('button', { name: 'Prepare archive' }).click();
    const link = page.getByRole('link', { name: 'Download archive' });
    await link.waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toMatch(/^allium-\d+\.zip$/);
    expect(complaints).toEqual([]);
  });

  it('delete the account, with the password alone, and say what goes with it', async () => {
    const token = (await program(server.url).post('/api/auth/login', { username, password: PASSWORD })).json().token;
    const author = program(server.url, { Authorization: `Bearer ${String(token)}` });
    await author.post('/api/posts', { title: 'Onions', content: 'Peeled', category: 'tech', status: 'published' });
    await open('danger');
    await page.getByRole('button', { name: 'Delete account' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('You have one post, no comments and no pictures.').waitFor();
    await dialog.getByLabel('Current password').fill('wrong');
    await dialog.getByRole('button', { name: 'Delete account' }).click();
    await dialog.getByText('This is not your current password.').waitFor();
    await dialog.getByLabel('Delete posts, comments and pictures').check();
    await dialog.getByLabel('Current password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Delete account and content' }).click();
    await page.getByText('Your account was deleted.').waitFor();
    await page.waitForURL(`${server.url}/`);
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
    expect((await program(server.url).post('/api/auth/login', { username, password: PASSWORD })).status).toBe(401);
    expect(complaints).toEqual([]);
  });

  const choosePicture = (buffer: Buffer) =>
    page.locator('input[type=file]').setInputFiles({ name: 'picture.png', mimeType: 'image/png', buffer });

  /** A picture whose colors tell where in it one is. */
  function picture(): Promise<Buffer> {
    const data = Buffer.from(Array.from({ length: 60 * 40 * 3 }, (_, index) => (index * 7) % 256));
    return sharp(data, { raw: { width: 60, height: 40, channels: 3 } })
      .resize(900, 600)
      .png()
      .toBuffer();
  }

  /** The color that the preview has near its corner. */
  function corner(): Promise<unknown> {
    return page.evaluate(
      `[...document.querySelector('dialog canvas').getContext('2d').getImageData(40, 40, 1, 1).data]`,
    );
  }
});
