import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { browser as httpBrowser, type Client } from '../support/client.js';
import { plain } from '../support/images.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { createAdministrator } from './administrator.js';
import { complaintsOf, launchBrowser } from './browser.js';

const PASSWORD = 'correct horse battery';
/** A pause of typing, a save, and some tries more while the server is away. */
const SOON = { timeout: 20_000 };

interface Post {
  id: number;
  slug: string;
  title: string;
  content: string;
  status: string;
  version: number;
}

describeWith('chromium', 'writing', () => {
  let dataDir: string;
  let server: ServerProcess;
  let browser: Browser;
  let admin: Client;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[][] = [];
  let username: string;
  let count = 0;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'allium-e2e-'));
    server = await startServerProcess({ DATA_DIR: dataDir });
    browser = await launchBrowser();
    admin = await createAdministrator(server, PASSWORD);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });
  beforeEach(async () => {
    username = `writer${(count += 1)}`;
    await admin.post('/api/users', { username, email: `${username}@example.com`, password: PASSWORD });
    context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 900 } });
    page = await opened();
    await signIn();
  });
  afterEach(async () => {
    await context.close();
    const all = complaints.flat();
    complaints = [];
    if (all.length > 0) throw new Error(`the browser complained: ${all.join('\n')}`);
  });

  async function opened(): Promise<Page> {
    const next = await context.newPage();
    next.setDefaultTimeout(10_000);
    complaints.push(complaintsOf(next));
    return next;
  }
  async function signIn(): Promise<void> {
    await page.goto(`${server.url}/sign-in`);
    await fillIn();
    await page.waitForURL((url) => url.pathname !== '/sign-in');
  }
  async function fillIn(): Promise<void> {
    await page.getByLabel('Email or user name').fill(username);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  const text = (where = page) => where.getByRole('textbox', { name: 'Text', exact: true });
  const title = (where = page) => where.getByRole('textbox', { name: 'Title', exact: true });
  const status = (words: string | RegExp, where = page) =>
    where.locator('.save-status').getByText(words).first().waitFor();
  const contentOf = (where = page) => text(where).innerText();
  async function type(words: string, where = page): Promise<void> {
    await text(where).click();
    await where.keyboard.press('Control+End');
    await where.keyboard.type(words);
  }
  /** What the server has, as the author sees it. */
  async function stored(slug = slugIn(page)): Promise<Post> {
    return (await author().then((client) => client.get(`/api/posts/slug/${slug}`))).json<{ post: Post }>().post;
  }
  async function author(): Promise<Client> {
    const client = httpBrowser(server.url);
    await client.post('/api/auth/login', { username, password: PASSWORD });
    return client;
  }
  const slugIn = (where: Page): string => new URL(where.url()).pathname.split('/')[2] ?? '';
  /** A draft that is open in the editor and on the server. */
  async function draft(name: string, content: string): Promise<void> {
    await page.goto(`${server.url}/write`);
    await title().fill(name);
    await type(content);
    await page.waitForURL(/\/posts\/.+\/edit/);
    await status(/^Saved/);
  }
  async function publish(): Promise<void> {
    await page.getByRole('button', { name: 'Publish…' }).click();
    await page.getByRole('button', { name: 'Publish post' }).click();
    await page.getByText('The post is published.').waitFor();
  }

  it('a draft saves itself, is previewed, published, edited and restored', async () => {
    await draft('Peeling an onion', 'Under each layer is **another**.');
    await page.getByRole('region', { name: 'Preview' }).locator('strong', { hasText: 'another' }).waitFor();
    expect(await stored()).toMatchObject({ title: 'Peeling an onion', status: 'draft' });
    await type(' And more.');
    await status(/^Saved/);
    await expect.poll(async () => (await stored()).content, SOON).toBe('Under each layer is **another**. And more.');
    await page.reload();
    await expect.poll(() => contentOf(), SOON).toContain('And more.');

    await publish();
    expect((await stored()).status).toBe('published');
    await type(' A late thought.');
    await status('Stored on this device until you update');
    expect((await stored()).content).not.toContain('late');
    await page.reload();
    await page.getByText('which are not published yet').waitFor();
    await page.getByRole('button', { name: 'Update' }).click();
    await page.getByText('The post is updated.').waitFor();
    expect((await stored()).content).toContain('A late thought.');

    await page.getByRole('button', { name: 'Post settings' }).click();
    await page.getByRole('button', { name: 'Earlier versions' }).click();
    await page.getByRole('dialog').getByRole('button', { name: username }).last().click();
    await page.getByRole('dialog').locator('.cm-changedText, .cm-changedLine').first().waitFor();
    await page.getByRole('button', { name: 'Restore version' }).click();
    await page.getByText('The version was restored.').waitFor();
    expect((await stored()).content).not.toContain('late');
    await expect.poll(() => contentOf(), SOON).not.toContain('late');
  });

  it('what is typed while the server is down gets there when it is back', async () => {
    await draft('Outage', 'Before.');
    const port = new URL(server.url).port;
    await server.stop('SIGKILL');
    await type(' During.');
    await status(/Stored on this device/);
    server = await startServerProcess({ DATA_DIR: dataDir, PORT: port });
    await expect.poll(async () => (await stored()).content, SOON).toBe('Before. During.');
    await status(/^Saved/);
  });

  it('what is typed offline survives the tab, and goes on when the network is back', async () => {
    await draft('Tunnel', 'Light.');
    await context.setOffline(true);
    await type(' Dark.');
    await status('Offline. Stored on this device');
    await page.getByText('You are offline.').waitFor();
    // As a crash would leave it: nothing of the page gets to run.
    const address = page.url();
    await expect.poll(() => page.evaluate(`JSON.stringify(localStorage)`), SOON).toContain('Light. Dark.');
    const crashing = await context.newCDPSession(page);
    void crashing.send('Page.crash').catch(() => {});
    await page.waitForEvent('crash');
    await page.close();
    await context.setOffline(false);
    page = await opened();
    await page.goto(address);
    await expect.poll(() => contentOf(), SOON).toBe('Light. Dark.');
    await expect.poll(async () => (await stored()).content, SOON).toBe('Light. Dark.');
  });

  it('a new text that never reached the server is offered again', async () => {
    await page.goto(`${server.url}/write`);
    await title().fill('Only a title');
    await page.waitForURL(/copy=/);
    await expect.poll(() => page.evaluate(`JSON.stringify(localStorage)`), SOON).toContain('Only a title');
    await page.reload();
    await expect.poll(() => title().inputValue(), SOON).toBe('Only a title');
    await page.goto(`${server.url}/`);
    await page.goto(`${server.url}/write`);
    await page.getByRole('button', { name: 'Continue writing' }).click();
    await expect.poll(() => title().inputValue(), SOON).toBe('Only a title');
  });

  it('the end of the session leads back to the text', async () => {
    await draft('Session', 'One.');
    await context.clearCookies();
    await type(' Two.');
    await page.waitForURL(/sign-in/);
    await fillIn();
    await page.waitForURL(/\/edit/);
    await expect.poll(() => contentOf(), SOON).toBe('One. Two.');
    await expect.poll(async () => (await stored()).content, SOON).toBe('One. Two.');
  });

  it.each([
    ['Use mine', 'Base. Mine.'],
    ['Use theirs', 'Theirs.'],
    ['Keep editing mine', 'Base. Mine. More.'],
  ])('a conflict shows both versions: %s', async (choice, expected) => {
    await draft('Conflict', 'Base.');
    const { id } = await stored();
    await (await author()).patch(`/api/posts/${id}`, { content: 'Theirs.' });
    await type(' Mine.');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Which version do you want?').waitFor();
    await expect.poll(() => dialog.innerText(), SOON).toContain('Theirs.');
    await dialog.getByRole('button', { name: choice }).click();
    await dialog.waitFor({ state: 'detached' });
    if (choice === 'Keep editing mine') await type(' More.');
    await expect.poll(async () => (await stored()).content, SOON).toBe(expected);
    await expect.poll(() => contentOf(), SOON).toBe(expected);
  });

  it('two tabs that change different fields are merged', async () => {
    await draft('Tabs', 'Base.');
    const other = await opened();
    await other.goto(page.url());
    await title(other).fill('Other title');
    await status(/^Saved/, other);
    await type(' Mine.');
    await expect.poll(async () => stored(), SOON).toMatchObject({ title: 'Other title', content: 'Base. Mine.' });
    await expect.poll(() => title().inputValue(), SOON).toBe('Other title');
  });

  it('a pasted picture is uploaded into the text', async () => {
    await draft('Picture', 'Look:');
    const file = join(dataDir, 'onion.png');
    writeFileSync(file, await plain(64, 48).png().toBuffer());
    const bytes = readFileSync(file).toString('base64');
    await text().click();
    await page.evaluate(
      `(() => { const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob('${bytes}'), (c) => c.charCodeAt(0))], 'onion.png', { type: 'image/png' }));
        document.querySelector('.cm-content').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); })()`,
    );
    await expect.poll(() => contentOf(), SOON).toMatch(/!\[onion\]\(\/uploads\/\w+\.\w+\)/);
    await page.getByRole('region', { name: 'Preview' }).locator('img[src^="/uploads/"]').waitFor();
    await page.goto(`${server.url}/me/media`);
    await page.getByText('onion.png').waitFor();
  });

  it('the list of my posts filters, keeps its state in the address and changes many at once', async () => {
    const client = await author();
    for (const name of ['First', 'Second']) {
      await client.post('/api/posts', { title: name, content: 'Text', category: 'tech', status: 'draft' });
    }
    await page.goto(`${server.url}/me/posts`);
    await page.getByLabel('Select all on this page').check();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByRole('dialog').getByText('Publish 2 posts?').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
    await page.getByText('2 posts changed.').waitFor();
    await page.getByRole('link', { name: /^Published/ }).click();
    await page.waitForURL(/status=published/);
    await page.getByRole('searchbox', { name: 'Search my posts' }).fill('Second');
    await page.waitForURL(/search=Second/);
    await page.reload();
    await page.getByRole('link', { name: 'Second', exact: true }).waitFor();
    expect(await page.getByRole('link', { name: 'First', exact: true }).count()).toBe(0);
  });

  it('signing out asks about texts that are in this browser alone, and leaves none to the next person', async () => {
    await page.goto(`${server.url}/write`);
    await type('Words without a title, which no server has');
    const copies = () =>
      page.evaluate<number>("Object.keys(localStorage).filter((key) => key.startsWith('allium.writing')).length");
    await expect.poll(copies, SOON).toBeGreaterThan(0);
    await page.goto(server.url);
    await page.getByRole('button', { name: 'Account menu' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor();

    await expect.poll(copies, SOON).toBe(0);
  });
});
