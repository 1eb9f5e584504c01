import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../support/client.js';
import { noise } from '../support/images.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { createAdministrator } from './administrator.js';
import { complaintsOf, launchBrowser } from './browser.js';

const PASSWORD = 'correct horse battery';

describeWith('chromium', 'the API page', () => {
  let dataDir: string;
  let server: ServerProcess;
  let browser: Browser;
  let admin: Client;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'allium-e2e-'));
    server = await startServerProcess({ DATA_DIR: dataDir });
    browser = await launchBrowser();
    admin = await createAdministrator(server, PASSWORD);
    page = await browser.newPage({ locale: 'en-US' });
    page.setDefaultTimeout(15_000);
    complaints = complaintsOf(page);
    await page.goto(server.url);
    await page.getByRole('link', { name: 'API reference' }).click();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  /** The form of one endpoint, once it is open. */
  async function formOf(operationId: string): Promise<Locator> {
    await page.goto(`${server.url}/api/docs#${operationId}`);
    return page.locator(`#${operationId} form`);
  }

  /** Sends the form's request and returns what the page shows of the response. */
  async function send(form: Locator): Promise<string> {
    await form.getByRole('button', { name: 'Send request' }).click();
    await expect.poll(() => form.locator('output').textContent()).not.toBe('');
    return `${await form.locator('output').textContent()}\n${await form.locator('pre').textContent()}`;
  }

  it('shows the refusal of what needs a session', async () => {
    const shown = await send(await formOf('getAuthMe'));

    expect(shown).toMatch(/^401 Unauthorized · \d+ ms$/m);
    expect(shown).toContain('"code": "not_signed_in"');
  });

  it('sends each request with the session of the person who is signed in', async () => {
    await page.goto(`${server.url}/sign-in`);
    await page.getByLabel('Email or user name').fill('ada');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.locator('form button[type=submit]').click();
    await page.getByRole('button', { name: 'Account menu' }).click();
    await page.getByRole('link', { name: 'API reference' }).first().click();
    await page.waitForURL(`${server.url}/api/docs`);

    const created = await send(await formOf('postPosts'));
    expect(created).toMatch(/^201 Created/);
    const [, location = ''] = /^location: (.+)$/m.exec(created) ?? [];

    const form = await formOf('getPostsById');
    await form.getByLabel('id', { exact: true }).fill(location.replace(/\D+/g, ''));
    expect(await send(form)).toMatch(/^200 OK[^]*etag: [^]*"author": \{[^]*"username": "ada"/);
  });

  it('sends parameters of the query, and files', async () => {
    const search = await formOf('getUsers');
    await search.getByLabel('name', { exact: true }).fill('Ada & co');
    expect(await send(search)).toMatch(/^200 OK[^]*"users": \[\]/);

    const upload = await formOf('postUploadSingle');
    const buffer = await noise(20, 20).png().toBuffer();
    await upload.locator('input[type=file]').setInputFiles({ name: 'onion.png', mimeType: 'image/png', buffer });
    expect(await send(upload)).toMatch(/^201 Created[^]*"originalName": "onion.png"/);
  });

  it('sends an access token instead of the session', async () => {
    const { token } = (
      await admin.post('/api/auth/tokens', { name: 'docs', scopes: ['read'], expiresInDays: 1 })
    ).json<{ token: string }>();
    const form = await formOf('deletePostsById');
    await page.getByLabel('Access token').fill(token);
    await form.getByLabel('id', { exact: true }).fill('1');

    expect(await send(form)).toMatch(/^403 Forbidden[^]*"code": "forbidden"/);
    await page.getByLabel('Access token').fill('');
    expect(await send(form)).toMatch(/^200 OK/);
  });

  it('says when there is no response', async () => {
    const form = await formOf('getTags');
    await page.route('**/api/tags', (route) => route.abort());

    expect(await send(form)).toContain('the server did not respond');
  });

  it('keeps to the content security policy, and writes no error to the console', () => {
    expect(complaints).toEqual([]);
  });
});
