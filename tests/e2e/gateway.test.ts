import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page, Response } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browser as httpBrowser, type Client } from '../support/client.js';
import { startDemoService, type DemoService } from '../support/demo-service.js';
import { freePort } from '../support/redis-server.js';
import { describeWith } from '../support/requires.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { writeUpstreams } from '../support/upstream.js';
import { createAdministrator } from './administrator.js';
import { launchBrowser } from './browser.js';

const PASSWORD = 'correct horse battery';
/** Three parts of base64url, the first of which begins as a JSON object does (RFC 7519 section 3.1). */
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

describeWith('chromium', 'a protected service behind the gateway', () => {
  let dir: string;
  let catalog: DemoService;
  let server: ServerProcess;
  let browser: Browser;
  let admin: Client;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'allium-e2e-gateway-'));
    const port = await freePort();
    catalog = await startDemoService('catalog.js', { jwksUrl: `http://127.0.0.1:${port}/.well-known/jwks.json` });
    const file = join(dir, 'upstreams.json');
    const allow = [{ methods: ['GET'], paths: ['/items', '/items/:id'] }];
    writeUpstreams(file, { catalog: { instances: [catalog.url], allow, token: 'user' } });
    server = await startServerProcess({ DATA_DIR: join(dir, 'data'), UPSTREAMS_FILE: file, PORT: String(port) });
    browser = await launchBrowser();
    admin = await createAdministrator(server, PASSWORD);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await catalog.stop();
    rmSync(dir, { recursive: true });
  });

  it('asks for a token, and takes none but those that are signed by the published keys, for it', async () => {
    const ask = async (token?: string) => {
      const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
      return (await fetch(`${catalog.url}/items`, { headers })).status;
    };
    const { token: ours } = await signInAsProgram(server);

    expect(ours).toMatch(TOKEN);
    expect(await ask()).toBe(401);
    expect(await ask(forged('HS256'))).toBe(401);
    expect(await ask(forged('none'))).toBe(401);
    expect(await ask(ours)).toBe(401); // signed by a published key, but for ourselves
  });

  it('serves signed-in users, while no token reaches the browser, and refuses once the session is revoked', async () => {
    const context = await browser.newContext({ locale: 'en-US' });
    const page = await context.newPage();
    const received: Promise<string>[] = [];
    page.on('response', (response) => received.push(everythingIn(response)));

    await page.goto(server.url);
    expect(await callFrom(page)).toMatchObject({ status: 401, body: { code: 'not_signed_in' } });

    const id = await createMember(admin);
    await signIn(page);
    const served = await callFrom(page);
    expect(served).toMatchObject({ status: 200, body: { instance: 'catalog', signedInAs: String(id) } });

    const storage = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    const databases = await page.evaluate('indexedDB.databases().then((all) => all.length)');
    const cookies = await context.cookies();
    expect(storage).not.toMatch(TOKEN);
    expect(databases).toBe(0);
    expect(cookies.filter(({ httpOnly }) => !httpOnly)).toEqual([]);
    expect(JSON.stringify(cookies)).not.toMatch(TOKEN);
    page.removeAllListeners('response'); // what follows ends with the page, before it can be read
    const answers = await Promise.all(received);
    expect(answers.length).toBeGreaterThan(3);
    expect(answers.filter((answer) => TOKEN.test(answer))).toEqual([]);

    await revokeSessionsOf(page);
    await expect.poll(async () => (await callFrom(page)).status).toBe(401);
    expect(await callFrom(page)).toMatchObject({ status: 401, body: { code: 'not_signed_in' } });
    await context.close();
  });

  async function signIn(page: Page): Promise<void> {
    await page.goto(`${server.url}/sign-in`);
    await page.locator('input[autocomplete*=username]').fill('grace');
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.locator('form button[type=submit]').click();
    await page.waitForURL(`${server.url}/`);
  }

  /** Ends all other sessions from another device of the same account. */
  async function revokeSessionsOf(page: Page): Promise<void> {
    const other = httpBrowser(server.url);
    expect((await other.post('/api/auth/login', { username: 'grace', password: PASSWORD })).status).toBe(200);
    expect((await callFrom(page)).status).toBe(200);
    expect((await other.delete('/api/auth/sessions')).status).toBe(204);
  }
});

interface Called {
  status: number;
  body: Record<string, unknown>;
}

/** Calls the service as a script of the page would. */
function callFrom(page: Page): Promise<Called> {
  return page.evaluate(
    "fetch('/gw/catalog/items').then(async (answer) => ({ status: answer.status, body: await answer.json() }))",
  );
}

async function everythingIn(response: Response): Promise<string> {
  const body = await response.text().catch(() => ''); // a redirection has none
  return `${response.url()} ${JSON.stringify(await response.allHeaders())} ${body}`;
}

async function createMember(admin: Client): Promise<number> {
  const body = { username: 'grace', email: 'grace@example.com', password: PASSWORD };
  const made = await admin.post('/api/users', body);
  expect(made.status).toBe(201);
  return made.json<{ user: { id: number } }>().user.id;
}

async function signInAsProgram({ url }: ServerProcess): Promise<{ token: string }> {
  const answer = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'ada', password: PASSWORD }),
  });
  return (await answer.json()) as { token: string };
}

/** A valid token except for its signature. */
function forged(alg: 'HS256' | 'none'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: '1', aud: 'catalog', iss: 'allium', exp: Math.floor(Date.now() / 1_000) + 60 };
  const unsigned = `${part({ alg, typ: 'JWT', kid: 'mine' })}.${part(claims)}`;
  const signature = alg === 'none' ? '' : createHmac('sha256', 'secret').update(unsigned).digest('base64url');
  return `${unsigned}.${signature}`;
}
