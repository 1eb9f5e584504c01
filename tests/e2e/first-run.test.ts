import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../support/redis-server.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { complaintsOf, launchBrowser } from './browser.js';

const PASSWORD = 'correct horse battery';

describeWith('chromium', 'the first run', () => {
  let dataDir: string;
  let port: string;
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'allium-e2e-'));
    port = String(await freePort());
    server = await startServerProcess({ DATA_DIR: dataDir, PORT: port });
    browser = await launchBrowser();
    page = await browser.newPage({ locale: 'en-US' });
    page.setDefaultTimeout(15_000);
    complaints = complaintsOf(page);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('creates the administrator with the link on the console', async () => {
    const link = await setupLink(server);
    await page.goto(link);
    await page.getByLabel('User name').fill('ada');
    await page.getByLabel('Email').fill('ada@example.com');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await page.getByRole('button', { name: 'Account menu' }).waitFor();
    expect(page.url()).not.toContain('token');
  });

  it('creates a user, says which fields are wrong, and edits the user', async () => {
    await page.goto(`${server.url}/admin/users`);
    await page.getByRole('button', { name: 'New user' }).click();
    await page.getByLabel('User name').fill('ADA');
    await page.getByLabel('Email').fill('grace@example.com');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('This user name is already taken').waitFor();

    await page.getByLabel('User name').fill('grace');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('grace@example.com').first().waitFor();

    await page.getByRole('button', { name: 'Actions for grace' }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Display name').fill('Grace Hopper');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Grace Hopper').first().waitFor();
    expect(await page.getByText('grace@example.com').count()).toBeGreaterThan(0);
  });

  it('signs out, and the account exists after a restart of the server', async () => {
    await page.getByRole('button', { name: 'Account menu' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor();

    expect((await server.stop()).code).toBe(0);
    server = await startServerProcess({ DATA_DIR: dataDir, PORT: port });

    await page.goto(`${server.url}/sign-in`);
    await page.getByLabel('Email or user name').fill('ada');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Account menu' }).waitFor();
    await page.goto(`${server.url}/admin/users`);
    await page.getByText('Grace Hopper').first().waitFor();
  });

  it('stores only the session and device cookies in the browser, unreadable for scripts', async () => {
    const cookies = await page.context().cookies();
    expect(cookies.map(({ name }) => name).toSorted()).toEqual(['device', 'sid', 'sid.sig']);
    expect(cookies.every(({ httpOnly, sameSite }) => httpOnly && sameSite === 'Strict')).toBe(true);
    expect(await page.evaluate('document.cookie')).toBe('');
  });

  it('renders every page without a script error or a policy violation', () => {
    expect(complaints).toEqual([]);
  });
});

/** The link is printed once the server listens. */
async function setupLink(server: ServerProcess): Promise<string> {
  const printed = () => /http:\S+\/setup\?token=[\w-]+/.exec(server.output())?.[0] ?? '';
  await expect.poll(printed, { timeout: 5_000 }).not.toBe('');
  return printed();
}
