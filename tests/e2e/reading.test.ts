import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browser as httpBrowser, type Client } from '../support/client.js';
import { writePost } from '../support/posts.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { createAdministrator } from './administrator.js';
import { complaintsOf, launchBrowser } from './browser.js';

const PASSWORD = 'correct horse battery';
const CONTENT =
  '## Layers\n\nUnder each one there is another.\n\n## Tears\n\n```js\nlet tears = 1;\n```\n\n## The end\n';
const PUBLIC_PAGES = ['/', '/posts/peeling-an-onion', '/@ada', '/tags/kitchen', '/categories/life', '/search?q=onion'];

describeWith('chromium', 'a reader', () => {
  let dataDir: string;
  let server: ServerProcess;
  let browser: Browser;
  let author: Client;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'allium-e2e-'));
    server = await startServerProcess({ DATA_DIR: dataDir });
    browser = await launchBrowser();
    author = await createAdministrator(server, PASSWORD);
    for (let number = 1; number <= 14; number += 1) await writePost(author, { title: `Filler ${number}` });
    await writePost(author, { title: 'Peeling an onion', content: CONTENT, category: 'life', tags: ['kitchen'] });
    const bob = { username: 'bob', email: 'bob@example.com', password: PASSWORD };
    await httpBrowser(server.url).post('/api/auth/register', bob);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  function newContext(options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
    return browser.newContext({ locale: 'en-US', timezoneId: 'UTC', ...options });
  }

  it.each(PUBLIC_PAGES)(
    'gets %s in its HTML, which the application takes over without a change or a request',
    async (path) => {
      const context = await newContext();
      const page = await context.newPage();
      const complaints = complaintsOf(page);
      const asked: string[] = [];
      page.on('request', (request) => {
        if (new URL(request.url()).pathname.startsWith('/api/')) asked.push(request.url());
      });
      await page.addInitScript(RECORD_CHANGES);
      await page.goto(server.url + path);
      await hydrated(page);

      expect(asked).toEqual([]);
      expect(await page.evaluate('changes')).toEqual([]);
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  it('reads without JavaScript, from page to page', async () => {
    const context = await newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.getByRole('link', { name: 'More posts' }).click();
    await page.getByRole('link', { name: 'Filler 1', exact: true }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Filler 1');
    await context.close();
  });

  it('goes from the home page to a post, likes and discusses it, and finds others', async () => {
    const context = await newContext();
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(server.url);
    await page.getByRole('link', { name: 'Peeling an onion' }).click();
    await page.getByRole('heading', { level: 1, name: 'Peeling an onion' }).waitFor();
    expect(await page.title()).toBe('Peeling an onion · Allium');

    await page.getByRole('link', { name: /^Sign in to like this post/ }).click();
    await signIn(page, 'bob');
    await page.waitForURL(`${server.url}/posts/peeling-an-onion`);
    const like = page.getByRole('button', { name: /like/i });
    await like.click();
    await expect.poll(() => like.getAttribute('aria-pressed')).toBe('true');

    await page.getByLabel('Write a comment').fill('It made me cry.');
    await page.getByRole('button', { name: 'Publish comment' }).click();
    const comment = page.getByRole('article').filter({ hasText: 'It made me cry.' }).last();
    await comment.getByRole('button', { name: 'Reply' }).click();
    await page.getByLabel('Reply to bob').fill('Me again.');
    await page.getByRole('button', { name: 'Publish reply' }).click();
    await page.getByText('Me again.').waitFor();
    await comment.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText('together with one reply').waitFor();
    await page.getByRole('button', { name: 'Delete comment' }).click();
    await page.getByText('No comments yet.').waitFor();

    await page.getByRole('link', { name: 'kitchen' }).click();
    await page.getByRole('heading', { level: 1, name: '#kitchen' }).waitFor();
    await page.locator('body').press('/');
    await page.keyboard.type('fill');
    await page.keyboard.press('Enter');
    await page.getByText('14 posts for “fill”').waitFor();
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.waitForURL(/page=2/);
    await page.getByRole('searchbox').fill('onion');
    await page.getByText('One post for “onion”').waitFor();
    expect(new URL(page.url()).search).toBe('?q=onion');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('sees a like undone that the server refuses', async () => {
    const context = await newContext();
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in?next=/posts/filler-2`);
    await signIn(page, 'bob');
    await page.waitForURL(`${server.url}/posts/filler-2`);
    await page.route('**/like', (route) =>
      route.fulfill({ status: 503, contentType: 'application/json', body: '{"error":"Busy","code":"unavailable"}' }),
    );
    await page.getByRole('button', { name: 'Like, no likes' }).click();
    await page.getByText('Busy').waitFor();
    const like = page.getByRole('button', { name: 'Like, no likes' });
    await expect.poll(() => like.getAttribute('aria-pressed')).toBe('false');
    await context.close();
  });

  it('keeps the words of a comment when the session has ended, and the text of a post that is deleted', async () => {
    const { id } = await writePost(author, { title: 'Short lived' });
    const context = await newContext();
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in?next=/posts/short-lived`);
    await signIn(page, 'bob');
    const field = page.getByLabel('Write a comment');
    await field.fill('Where was I?');
    await context.clearCookies();
    await page.getByRole('button', { name: 'Publish comment' }).click();
    await page.getByText('Your session has ended').waitFor();
    await signIn(page, 'bob');
    await expect.poll(() => field.inputValue()).toBe('Where was I?');

    expect((await author.delete(`/api/posts/${id}`)).status).toBe(200);
    await page.getByRole('button', { name: 'Publish comment' }).click();
    await page.getByText('This post is no longer available.').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Short lived' }).waitFor();
    expect(await field.inputValue()).toBe('Where was I?');
    await context.close();
  });

  async function signIn(page: Page, username: string): Promise<void> {
    await page.locator('input[autocomplete*=username]').fill(username);
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.locator('main form button[type=submit]').click();
  }
});

/** Notes what is taken out of the rendered page or changed in it: hydration adds listeners and nothing else. */
const RECORD_CHANGES = `
  window.changes = [];
  new MutationObserver((records) => {
    for (const { type, target, removedNodes } of records) {
      const element = target instanceof Element ? target : target.parentElement;
      if (!element?.closest('#app')) continue;
      if (type === 'characterData') changes.push(target.data);
      for (const node of removedNodes) if (!(node instanceof Comment)) changes.push(node.outerHTML ?? node.data);
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });
`;

/** Waits until the application runs: only it opens the menu of themes. */
async function hydrated(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('button', { name: 'Dark' }).waitFor();
}
