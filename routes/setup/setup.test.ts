import { afterEach, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { countRows } from '../../tests/support/rows.js';

const started: TestApp[] = [];
async function start(env: Record<string, string> = {}, write?: (line: string) => void): Promise<TestApp> {
  const app = await startTestApp(env, write);
  started.push(app);
  return app;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((app) => app.stop()));
});

const account = { username: 'admin', email: 'admin@example.com', password: PASSWORD };
const setUp = (app: TestApp, token: unknown, fields: object = account) =>
  app.browser().post('/api/setup', { token, ...fields });

describe('POST /api/setup', () => {
  it('makes the first administrator, who is signed in', async () => {
    const app = await start();
    const browser = app.browser();
    const answer = await browser.post('/api/setup', { token: app.services.setup.token, ...account });

    expect(answer.status).toBe(201);
    expect(answer.json()).toMatchObject({ user: { username: 'admin', role: 'admin' } });
    expect((await browser.get('/api/users')).status).toBe(200);
  });

  it('does nothing without the token', async () => {
    const app = await start();
    const { token } = app.services.setup;

    for (const wrong of ['', 'x', token.slice(1), `${token}x`, token.toLowerCase(), '\u0000', 'ü'.repeat(43)]) {
      const answer = await setUp(app, wrong);
      expect(answer.status, wrong).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'forbidden' });
    }
    for (const none of [undefined, null, 1, [token], { token }]) expect((await setUp(app, none)).status).toBe(400);
    expect(await countRows(app.database, 'users')).toBe(0);
    expect(await app.services.setup.needed()).toBe(true);
  });

  it('does not take the token from the address', async () => {
    const app = await start();
    const answer = await app.browser().post(`/api/setup?token=${app.services.setup.token}`, account);

    expect(answer.status).toBe(400);
  });

  it('works once', async () => {
    const app = await start();
    await setUp(app, app.services.setup.token);
    const again = await setUp(app, app.services.setup.token, { ...account, username: 'two', email: 'two@example.com' });

    expect(again.status).toBe(409);
    expect(again.json()).toMatchObject({ code: 'already_set_up' });
    expect(await countRows(app.database, 'users')).toBe(1);
  });

  it('creates one administrator when several people use the link at the same instant', async () => {
    const app = await start();
    const other = await start({ DATA_DIR: app.dataDir });
    const answers = await Promise.all(
      [app, other, app, other].map((server, index) =>
        setUp(server, app.services.setup.token, {
          ...account,
          username: `adm${index}`,
          email: `${index}a@example.com`,
        }),
      ),
    );

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
    expect(await countRows(app.database, 'users')).toBe(1);
  });

  it('refuses a bad account, and can be tried again', async () => {
    const app = await start();
    const bad = await setUp(app, app.services.setup.token, { ...account, password: 'short' });

    expect(bad.status).toBe(400);
    expect(bad.json()).toMatchObject({ details: [{ path: 'password' }] });
    expect((await setUp(app, app.services.setup.token)).status).toBe(201);
  });

  it('is still needed when people have registered, none of whom is an administrator', async () => {
    const app = await start();
    await app.member('ada');

    expect(await app.services.setup.needed()).toBe(true);
    expect((await setUp(app, app.services.setup.token)).status).toBe(201);
  });
});

describe('the setup link', () => {
  const linkIn = (lines: string[]) => /http\S*\/setup\?token=[\w-]+/.exec(lines.join(''))?.[0];

  it('is in the log while there is no administrator, and leads to the page', async () => {
    const lines: string[] = [];
    const app = await start({}, (line) => void lines.push(line));
    const link = linkIn(lines) ?? '';

    expect(link).toBe(`${app.url}/setup?token=${app.services.setup.token}`);
    const page = await app.browser().get(link, { Accept: 'text/html' });
    expect(page.status).toBe(200);
    expect(page.text).not.toContain(app.services.setup.token);
  });

  it('stays the same over a restart, and is gone once there is an administrator', async () => {
    const [before, again, after]: [string[], string[], string[]] = [[], [], []];
    const app = await start({}, (line) => void before.push(line));
    await start({ DATA_DIR: app.dataDir }, (line) => void again.push(line));
    await app.admin();
    await start({ DATA_DIR: app.dataDir }, (line) => void after.push(line));

    const path = (link = '') => link.slice(link.indexOf('/setup'));
    expect(path(linkIn(again))).toBe(path(linkIn(before)));
    expect(linkIn(after)).toBeUndefined();
    expect(after.length).toBeGreaterThan(0);
  });

  it('is printed by one worker of several', async () => {
    const lines: string[] = [];
    await start({ NODE_APP_INSTANCE: '1' }, (line) => void lines.push(line));

    expect(linkIn(lines)).toBeUndefined();
  });

  it('contains PUBLIC_URL', async () => {
    const lines: string[] = [];
    await start({ PUBLIC_URL: 'https://example.com' }, (line) => void lines.push(line));

    expect(linkIn(lines)).toMatch(/^https:\/\/example\.com\/setup\?token=/);
  });

  it('differs between installations', async () => {
    const [one, two] = [await start(), await start()];

    expect(one.services.setup.token).not.toBe(two.services.setup.token);
    expect(one.services.setup.token.length).toBeGreaterThanOrEqual(43);
  });
});
