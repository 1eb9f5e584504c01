import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browser as httpBrowser, type Client } from '../support/client.js';
import { formOf, plain } from '../support/images.js';
import { writePost } from '../support/posts.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { createAdministrator } from './administrator.js';
import { axeFindings } from './axe.js';
import { complaintsOf, launchBrowser } from './browser.js';

const PASSWORD = 'correct horse battery';
const SCREENSHOTS = join(import.meta.dirname, 'screenshots');
const PAGES = [
  '/admin',
  '/admin/users',
  '/admin/posts',
  '/admin/comments',
  '/admin/media',
  '/admin/categories',
  '/admin/upstreams',
  '/admin/doctor',
  '/admin/settings',
];
const PEOPLE = 24;

describeWith('chromium', 'the administration', () => {
  let dataDir: string;
  let server: ServerProcess;
  let browser: Browser;
  let admin: Client;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    dataDir = mkdtempSync(join(tmpdir(), 'allium-e2e-'));
    server = await startServerProcess({ DATA_DIR: dataDir });
    admin = await createAdministrator(server, PASSWORD);
    await populate();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  async function populate(): Promise<void> {
    for (let index = 0; index < PEOPLE; index += 1) {
      const username = `person-${String(index).padStart(2, '0')}`;
      const body = { username, email: `${username}@example.com`, password: PASSWORD };
      expect((await admin.post('/api/users', body)).status).toBe(201);
    }
    const author = httpBrowser(server.url);
    await author.post('/api/auth/login', { username: 'person-00', password: PASSWORD });
    const { id } = await writePost(author, { title: 'On onions', tags: ['onion'] });
    for (const title of ['A draft', 'Another draft']) await writePost(author, { title, status: 'draft' });
    for (const content of ['Kind words', 'Buy my watches']) await author.post(`/api/posts/${id}/comments`, { content });
    await author.post('/api/upload/single', formOf('image', await plain(40, 40).png().toBuffer()));
  }

  async function signedIn(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 800 }, ...options });
    const { hostname } = new URL(server.url);
    const cookies = [...admin.cookies].map(([name, value]) => ({ name, value, domain: hostname, path: '/' }));
    await context.addCookies(cookies);
    return context;
  }

  async function open(context: BrowserContext, path: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(server.url + path);
    await page.locator('main h1').waitFor();
    await page.waitForLoadState('networkidle');
    return page;
  }

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it('axe finds nothing on any page, wide or narrow', async () => {
      const isLight = colorScheme === 'light';
      for (const [locale, width] of [
        ['en-US', isLight ? 375 : 1280],
        ['zh-CN', isLight ? 1280 : 375],
      ] as const) {
        const context = await signedIn({ colorScheme, locale, viewport: { width, height: 800 }, bypassCSP: true });
        for (const path of PAGES) {
          const page = await open(context, path);
          expect.soft(await axeFindings(page), `${path} ${width}`).toEqual([]);
          expect.soft(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), path).toBe(0);
          const name = `admin-${locale}-${width}-${colorScheme}${path.replaceAll('/', '_')}`;
          await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
          await page.close();
        }
        await context.close();
      }
    });
  });

  it('no page complains, and each has one heading and a title', async () => {
    const context = await signedIn();
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(`${server.url}/admin`);
    for (const path of PAGES) {
      await page.locator(`nav[aria-label="Administration"] a[href="${path}"]`).click();
      await page.waitForURL(server.url + path);
      await page.waitForLoadState('networkidle');
      expect(await page.locator('h1').count(), path).toBe(1);
      expect(await page.title(), path).toMatch(/ · Allium$/);
    }
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('shows twelve rows or more in 800 pixels, one line each', async () => {
    const context = await signedIn();
    const page = await open(context, '/admin/users');
    const inView = `[...document.querySelectorAll('tbody tr')].filter((row) => row.getBoundingClientRect().bottom <= 800).length`;
    expect(await page.evaluate(inView)).toBeGreaterThanOrEqual(12);
    await context.close();
  });

  it('keeps search, filters, order, page and columns in the address', async () => {
    const context = await signedIn();
    const page = await open(context, '/admin/users?limit=20&sort=username');
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.waitForURL(/page=2/);
    await page.getByRole('link', { name: 'person-23' }).waitFor();
    await page.getByLabel('Role', { exact: true }).selectOption('admin');
    await page.waitForURL(/role=admin/);
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Email' }).uncheck();
    await page.waitForURL(/hide=email/);

    await page.reload();
    await page.getByRole('link', { name: 'ada', exact: true }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
    expect(await page.getByRole('columnheader', { name: 'Email' }).count()).toBe(0);
    await context.close();
  });

  it('walks the rows with the arrow keys, selects with the space bar and opens with Enter', async () => {
    const context = await signedIn();
    const page = await open(context, '/admin/users?sort=username');
    await page.locator('tbody tr').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.getByText('One selected').waitFor();
    expect(await page.getByRole('checkbox', { name: 'Select person-01' }).isChecked()).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Edit person-01' }).waitFor();
    await context.close();
  });

  it('deactivates and deletes many users after a question that names their number', async () => {
    const context = await signedIn();
    const page = await open(context, '/admin/users?search=person-2');
    await page.getByRole('checkbox', { name: 'Select all rows of this page' }).check();
    await page.getByRole('button', { name: 'Deactivate', exact: true }).click();
    await page.getByRole('heading', { name: 'Deactivate 4 users?' }).waitFor();
    await page.getByRole('button', { name: 'Deactivate 4 users' }).click();
    await page.getByText('Deactivated 4 users.').waitFor();
    await expect.poll(() => page.locator('.status--inactive').count()).toBe(4);

    await page.getByRole('checkbox', { name: 'Select person-20' }).check();
    await page.getByRole('checkbox', { name: 'Select person-21' }).check();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete 2 users' }).click();
    await page.getByText('Deleted 2 users.').waitFor();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(2);
    await context.close();
  });

  it('resets a password, which is shown once, and ends sessions', async () => {
    const context = await signedIn();
    const page = await open(context, '/admin/users?search=person-05');
    await page.getByRole('button', { name: 'Actions for person-05' }).click();
    await page.getByRole('button', { name: 'Reset password' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Reset password' }).click();
    const password = await page.locator('dialog code').innerText();
    await page.getByRole('button', { name: 'Done' }).click();

    const person = httpBrowser(server.url);
    expect((await person.post('/api/auth/login', { username: 'person-05', password })).status).toBe(200);
    await page.getByRole('button', { name: 'Actions for person-05' }).click();
    await page.getByRole('button', { name: 'End sessions' }).click();
    await page.locator('dialog').getByRole('button', { name: 'End sessions' }).click();
    await page.getByText('person-05 is signed out everywhere.').waitFor();
    expect((await person.get('/api/auth/me')).status).toBe(401);
    await context.close();
  });

  it('publishes drafts, deletes a comment and a picture, and adds a category', async () => {
    const context = await signedIn();
    const page = await open(context, '/admin/posts');
    await page.getByLabel('State').selectOption('draft');
    await page.getByRole('link', { name: 'Another draft' }).waitFor();
    await page.getByRole('checkbox', { name: 'Select all rows of this page' }).check();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByRole('button', { name: 'Publish 2 posts' }).click();
    await page.getByText('No posts here').waitFor();

    await page.getByRole('link', { name: 'Comments', exact: true }).click();
    await page.getByRole('button', { name: 'Actions for Buy my watches' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete one comment' }).click();
    await page.getByText('Deleted one comment.').waitFor();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);

    await page.getByRole('link', { name: 'Media', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Select all rows of this page' }).check();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete one picture' }).click();
    await page.getByText('No pictures yet').waitFor();

    await page.getByRole('link', { name: 'Categories', exact: true }).click();
    await page.getByRole('button', { name: 'New category' }).click();
    await page.getByLabel('English name').fill('Recipes');
    await page.getByLabel('Chinese name').fill('菜谱');
    await page.getByRole('button', { name: 'Add category' }).click();
    await page.getByRole('link', { name: 'Recipes' }).waitFor();
    await context.close();
  });

  it('draws a line for each figure, with its table behind it', async () => {
    const context = await signedIn();
    const page = await open(context, '/admin');
    await expect.poll(() => page.locator('svg[role=img] path.line').count()).toBeGreaterThanOrEqual(7);
    await page.locator('summary').first().click();
    expect(await page.locator('details[open] tbody tr').count()).toBe(30);
    await page.getByLabel('Period').selectOption('7');
    await page.waitForURL(/days=7/);
    await expect.poll(() => page.locator('details[open] tbody tr').count()).toBe(7);
    await context.close();
  });

  it('is closed to others', async () => {
    const context = await browser.newContext({ locale: 'en-US' });
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await page.locator('input[autocomplete*=username]').fill('person-00');
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.locator('form button[type=submit]').click();
    await page.waitForURL(`${server.url}/`);
    for (const path of PAGES) {
      await page.goto(server.url + path);
      await page.getByRole('heading', { name: 'This page is for administrators' }).waitFor();
      expect(await page.locator('table, svg[role=img]').count(), path).toBe(0);
    }
    await context.close();
  });
});
