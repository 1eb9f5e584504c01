import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { browser as httpBrowser, type Client } from '../support/client.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { launchBrowser } from './browser.js';

const PASSWORD = 'correct horse battery';
const account = (username: string) => ({ username, email: `${username}@example.com`, password: PASSWORD });

describeWith('chromium', 'input and dialogs', () => {
  let dataDir: string;
  let server: ServerProcess;
  let browser: Browser;
  let admin: Client;
  let context: BrowserContext;
  let page: Page;
  let count = 0;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'allium-e2e-'));
    server = await startServerProcess({ DATA_DIR: dataDir });
    browser = await launchBrowser();
    admin = httpBrowser(server.url);
    const token = await until('a setup link', () => /setup\?token=([\w-]+)/.exec(server.output())?.[1]);
    await admin.post('/api/setup', { token, ...account('root') });
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });
  beforeEach(async () => {
    context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 800 } });
    page = await opened();
  });
  afterEach(() => context.close());

  async function opened(): Promise<Page> {
    const next = await context.newPage();
    next.setDefaultTimeout(10_000);
    return next;
  }
  /** Another account, with this beginning of its name. */
  async function person(name: string): Promise<{ id: number; username: string }> {
    const made = await admin.post('/api/users', account(`${name}${(count += 1)}`));
    return made.json<{ user: { id: number; username: string } }>().user;
  }
  async function signIn(username: string, where = page): Promise<void> {
    await where.goto(`${server.url}/sign-in`);
    await fillIn(username, where);
    await where.waitForURL((url) => url.pathname !== '/sign-in');
  }
  async function fillIn(username: string, where = page): Promise<void> {
    await where.getByLabel('Email or user name').fill(username);
    await where.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await where.getByRole('button', { name: 'Sign in' }).click();
  }
  /** Holds the answer to such a request back until it is let go. */
  async function hold(method: string, path: string | RegExp): Promise<{ held: Promise<Route>; release: () => void }> {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const held = new Promise<Route>((resolve) => {
      void page.route(path, async (route) => {
        if (route.request().method() !== method) return route.continue();
        const response = await route.fetch();
        resolve(route);
        await released;
        await route.fulfill({ response });
      });
    });
    return { held, release };
  }
  async function askToDelete(username: string): Promise<void> {
    await page.getByRole('button', { name: `Actions for ${username}` }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('heading', { name: `Delete ${username}?` }).waitFor();
  }

  it('a deletion in flight keeps its dialog open, whatever is pressed, and names the deleted user', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await signIn('root');
    await page.goto(`${server.url}/admin/users`);
    const { held, release } = await hold('DELETE', new RegExp(`/api/users/${alice.id}`));
    await askToDelete(alice.username);
    await page.getByRole('button', { name: 'Delete user' }).click();
    await held;
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').innerText()).toContain(`Delete ${alice.username}?`);
    release();
    await page.getByText(`${alice.username} was deleted.`).waitFor();

    await askToDelete(bob.username);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await admin.get(`/api/users/${bob.id}`)).status).toBe(200);
    expect(await page.getByText(`${bob.username} was deleted.`).count()).toBe(0);
  });

  it('a question answered slowly is answered once, by its own dialog', async () => {
    const { username } = await person('holder');
    await signIn(username);
    for (const name of ['first', 'second']) {
      await page.evaluate(
        `fetch('/api/auth/tokens', { method: 'POST', headers: { 'X-CSRF': '1', 'Content-Type': 'application/json' },
           body: JSON.stringify({ name: '${name}', scopes: ['read'], expiresInDays: 7 }) }).then((answer) => answer.text())`,
      );
    }
    await page.goto(`${server.url}/settings/tokens`);
    const { held, release } = await hold('DELETE', /\/api\/auth\/tokens\//);
    await page.getByRole('button', { name: 'Revoke first' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke token' }).click();
    await held;
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').innerText()).toContain('Revoke “first”?');
    release();
    await page.getByText('“first” was revoked.').waitFor();
    expect(await page.getByRole('button', { name: 'Revoke second' }).count()).toBe(1);
  });

  it('the focus goes to the next user when one has been deleted', async () => {
    const [older, newer] = [await person('older'), await person('newer')];
    await signIn('root');
    await page.goto(`${server.url}/admin/users`);
    await askToDelete(newer.username);
    await page.getByRole('button', { name: 'Delete user' }).click();
    await page.getByText(`${newer.username} was deleted.`).waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toContain(older.username);
  });

  it('deleting an account lists its content, and asks whether to delete that too', async () => {
    const author = await person('author');
    const writer = httpBrowser(server.url);
    await writer.post('/api/auth/login', account(author.username));
    const post = { title: 'Surviving', content: 'text', category: 'tech', status: 'published' };
    for (let index = 0; index < 2; index += 1) await writer.post('/api/posts', post);
    await signIn('root');
    await page.goto(`${server.url}/admin/users`);
    await askToDelete(author.username);
    await page.getByText('The account has 2 posts, no comments and no pictures.').waitFor();
    await page.getByLabel('Delete posts, comments and pictures').check();
    await page.getByRole('button', { name: 'Delete user and content' }).waitFor();
    await page.getByLabel('Keep posts and comments').check();
    await page.getByRole('button', { name: 'Delete user' }).click();
    await page.getByText(`${author.username} was deleted.`).waitFor();
    expect((await admin.get('/api/posts?search=Surviving')).json()).toMatchObject({
      posts: [{ author: null }, { author: null }],
    });
  });

  it('text typed while the profile is being saved stays', async () => {
    const { id, username } = await person('typist');
    await signIn(username);
    await page.goto(`${server.url}/settings/profile`);
    const { held, release } = await hold('PATCH', /\/api\/users\//);
    await page.getByLabel('Display name').fill('First');
    await page.getByRole('button', { name: 'Save' }).click();
    await held;
    await page.getByLabel('Location').fill('Lisbon');
    await page.getByLabel('Display name').fill('Second');
    release();
    await page.getByText('Profile saved.').waitFor();
    expect(await page.getByLabel('Location').inputValue()).toBe('Lisbon');
    expect(await page.getByLabel('Display name').inputValue()).toBe('Second');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect
      .poll(async () => (await admin.get(`/api/users/${id}`)).json())
      .toMatchObject({ user: { name: 'Second', profile: { location: 'Lisbon' } } });
  });

  it.each([
    ['Use my changes', 'Mine'],
    ['Keep the saved values', 'Theirs'],
  ])('a restored draft asks before it undoes another person’s change: %s', async (choice, expected) => {
    const { id, username } = await person('drafter');
    await signIn('root');
    await page.goto(`${server.url}/admin/users/${id}`);
    await page.getByLabel('Display name').fill('Mine');
    await page.getByLabel('About', { exact: true }).fill('My words');
    await page.evaluate(
      `fetch('/api/auth/logout', { method: 'POST', headers: { 'X-CSRF': '1' } }).then((a) => a.text())`,
    );
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/sign-in/);
    await admin.patch(`/api/users/${id}`, { name: 'Theirs', profile: { location: 'Oslo' } });
    await fillIn('root');
    await page.getByText('Use your unsaved changes?').waitFor();
    await page.getByText('Display name.', { exact: false }).first().waitFor();
    await page.getByRole('button', { name: choice }).click();
    expect(await page.getByLabel('Display name').inputValue()).toBe(expected);
    expect(await page.getByLabel('About', { exact: true }).inputValue()).toBe('My words');
    expect(await page.getByLabel('Location').inputValue()).toBe('Oslo');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(`${username} was saved.`).waitFor();
    expect((await admin.get(`/api/users/${id}`)).json()).toMatchObject({
      user: { name: expected, profile: { bio: 'My words', location: 'Oslo' } },
    });
  });

  it('a tab notices that another tab has signed in with another account, or has signed out', async () => {
    const [one, two] = [await person('one'), await person('two')];
    await signIn(one.username);
    await page.goto(`${server.url}/settings/account`);
    await page.getByLabel('User name').waitFor();
    const other = await opened();
    await other.goto(server.url);
    await other.getByRole('button', { name: 'Account menu' }).click();
    await other.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/sign-in/);
    await signIn(two.username, other);
    await page.waitForURL((url) => url.pathname === '/settings/account');
    await expect.poll(() => page.getByLabel('User name').inputValue()).toBe(two.username);

    await signIn(one.username, await openedWithoutSession());
    await expect.poll(() => page.getByLabel('User name').inputValue()).toBe(one.username);
  });
  /** A tab of the same browser whose page shows the signed-out state. */
  async function openedWithoutSession(): Promise<Page> {
    await context.clearCookies();
    return opened();
  }

  it('closing the dialog of a new access token while it is made does not hide the token', async () => {
    const { username } = await person('maker');
    await signIn(username);
    await page.goto(`${server.url}/settings/tokens`);
    const { held, release } = await hold('POST', /\/api\/auth\/tokens/);
    await page.getByRole('button', { name: 'New access token' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Backup');
    await page.getByRole('button', { name: 'Create' }).click();
    await held;
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Cancel' }).dispatchEvent('click');
    release();
    await page.getByRole('dialog').locator('code', { hasText: 'alm_' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').locator('code', { hasText: 'alm_' }).isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('a 401 of an upstream does not sign the administrator out of the site', async () => {
    await signIn('root');
    await page.route('**/api/admin/upstreams', (route) =>
      route.fulfill({
        json: { upstreams: [{ name: 'catalog', state: 'up', breaker: 'closed', inFlight: 0, instances: [] }] },
      }),
    );
    const refusal = { error: 'Who are you?', code: 'invalid_token', requestId: 'theirs' };
    await page.route('**/gw/catalog/**', (route) => route.fulfill({ status: 401, json: refusal }));
    await page.goto(`${server.url}/admin/upstreams`);
    await page.getByRole('button', { name: 'Call' }).click();
    await page.getByText('Who are you?').first().waitFor();
    expect(new URL(page.url()).pathname).toBe('/admin/upstreams');
    await page.getByRole('button', { name: 'Account menu' }).waitFor();
    const region = page.getByRole('region', { name: 'Calls, newest first' });
    await region.focus();
    expect(await page.evaluate('document.activeElement.getAttribute("role")')).toBe('region');
  });

  it('forbidden storage leaves no page loading for ever', async () => {
    await page.addInitScript(
      `for (const area of ['sessionStorage', 'localStorage']) Object.defineProperty(window, area,
         { get() { throw new DOMException('forbidden', 'SecurityError'); } });`,
    );
    await page.route('**/assets/RegisterPage*', (route) => route.abort());
    await page.goto(`${server.url}/register`);
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    expect(await page.locator('main .loading').count()).toBe(0);
    await page.unroute('**/assets/RegisterPage*');
    await page.goto(`${server.url}/sign-in`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('signing out asks about unsaved text', async () => {
    const { username } = await person('leaver');
    await signIn(username);
    await page.goto(`${server.url}/settings/profile`);
    await page.getByLabel('Display name').fill('Not saved');
    await page.getByRole('button', { name: 'Account menu' }).click();
    await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
    await page.getByRole('button', { name: 'Keep editing' }).click();
    expect(await page.getByLabel('Display name').inputValue()).toBe('Not saved');
    await page.getByRole('button', { name: 'Account menu' }).click();
    await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
  });
});
