import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../models/index.js';
import { program } from '../support/client.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { complaintsOf, launchBrowser } from './browser.js';

const ACCOUNT = { username: 'ada', email: 'ada@example.com', password: 'correct horse battery' };
const HOUR_MS = 3_600_000;

describeWith('chromium', 'another e-mail address', () => {
  let dataDir: string;
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'allium-e2e-'));
    server = await startServerProcess({ DATA_DIR: dataDir });
    browser = await launchBrowser();
    await program(server.url).post('/api/auth/register', ACCOUNT);
    page = await (await browser.newContext({ locale: 'en-US' })).newPage();
    page.setDefaultTimeout(15_000);
    complaints = complaintsOf(page);
    await page.goto(`${server.url}/sign-in`);
    await page.locator('input[autocomplete*=username]').fill(ACCOUNT.username);
    await page.locator('input[type=password]').fill(ACCOUNT.password);
    await page.locator('form button[type=submit]').click();
    await page.waitForURL(`${server.url}/`);
    await makeSignInsOlder();
    await page.goto(`${server.url}/settings/account`);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('asks for the current password beside the address, and loses no input', async () => {
    const form = page.locator('form').filter({ has: page.getByLabel('Email') });
    const password = form.getByLabel('Current password');
    expect(await password.count()).toBe(0);
    await form.getByLabel('Email').fill('lovelace@example.com');
    await form.getByLabel('Age').fill('36');

    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Enter your current password to change your email address').waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('currentPassword');
    expect(await form.getByLabel('Email').inputValue()).toBe('lovelace@example.com');
    expect(await form.getByLabel('Age').inputValue()).toBe('36');

    await password.fill('not the password');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('This is not your current password.').waitFor();

    await password.fill(ACCOUNT.password);
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Account saved.').waitFor();
    expect(await password.count()).toBe(0);
    const { email, password: right } = { ...ACCOUNT, email: 'lovelace@example.com' };
    expect((await program(server.url).post('/api/auth/login', { email, password: right })).status).toBe(200);
    expect(complaints).toEqual([]);
  });

  /** Makes the sign-in older, as an hour would. */
  async function makeSignInsOlder(): Promise<void> {
    const database = openDatabase(join(dataDir, 'allium.sqlite'));
    const { write } = database.models;
    const createdAt = Date.now() - HOUR_MS;
    await write((transaction) => transaction.execute('UPDATE sign_ins SET created_at = ?', createdAt));
    await database.close();
  }
});
