import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { text as bodyOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { APP_PATHS } from './page-paths.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

let members = 0;
const HTML = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

/** What the application is started from, as a browser would read it. */
async function bootState(client: Client, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const { text } = await client.get('/', { ...HTML, ...headers });
  const [, json = ''] = /<script[^>]*id="boot"[^>]*>(.*?)<\/script>/s.exec(text) ?? [];
  return JSON.parse(json) as Record<string, unknown>;
}

describe('the boot state', () => {
  it('says that setup is needed until there is an administrator', async () => {
    expect(await bootState(app.browser())).toMatchObject({
      session: 'signed-out',
      user: null,
      locale: 'en',
      setupNeeded: true,
    });
    admin = await app.admin();
    expect(await bootState(app.browser())).toMatchObject({ setupNeeded: false });
  });

  it('contains the signed-in user as /api/auth/me returns them', async () => {
    const ada = await app.member('ada');
    const { user } = (await ada.get('/api/auth/me')).json();

    expect(await bootState(ada)).toMatchObject({ session: 'signed-in', user, locale: 'en', setupNeeded: false });
  });

  it('is unknown when the visitor came from another site, since SameSite=Strict withholds the cookie', async () => {
    expect(await bootState(app.program(), { 'Sec-Fetch-Site': 'cross-site' })).toMatchObject({
      session: 'unknown',
      user: null,
    });
  });

  it.each(['none', 'same-origin', 'same-site'])(
    'knows that a visitor with Sec-Fetch-Site: %s is signed out',
    async (site) => {
      expect(await bootState(app.program(), { 'Sec-Fetch-Site': site })).toMatchObject({ session: 'signed-out' });
    },
  );

  it('shows a visitor whose session has ended as signed out', async () => {
    const bob = await app.member('bob');
    await admin.patch(`/api/users/${bob.id}`, { isActive: false });

    expect(await bootState(bob)).toMatchObject({ session: 'signed-out', user: null });
  });

  it('is in the language asked for', async () => {
    const { text } = await app.browser().get('/', { ...HTML, 'Accept-Language': 'zh-CN,zh;q=0.9' });

    expect(text).toContain('<html lang="zh-CN">');
    expect(await bootState(app.browser(), { 'Accept-Language': 'zh' })).toMatchObject({ locale: 'zh-CN' });
  });

  it.each([
    '</script><script>alert(1)</script>',
    '<!--<script>',
    '"};alert(1);//',
    '\\u003c/script>',
    "' onmouseover='x",
    '&lt;b&gt;',
    '\u2028line\u2029',
  ])('lets the name %j neither end the script nor become one', async (name) => {
    const eve = await app.member(`eve${(members += 1)}`);
    expect((await eve.patch(`/api/users/${eve.id}`, { name, profile: { bio: name } })).status).toBe(200);

    const { text } = await eve.get('/', HTML);

    expect(await bootState(eve)).toMatchObject({ user: { name: name.trim(), profile: { bio: name.trim() } } });
    expect(text).not.toContain('<script>alert');
    expect(text).not.toMatch(/<script[^>]*id="boot"[^>]*>[^<]*<(?!\/script>)/);
  });

  it('contains no secret', async () => {
    const ada = await app.member('ada2');
    const { text } = await ada.get('/', HTML);

    for (const secret of [ada.cookies.get('sid') ?? '', app.services.setup.token, 'argon2', 'sessionEpoch']) {
      expect(text).not.toContain(secret);
    }
  });
});

/** By node:http, since `fetch` adds headers of its own. */
async function rawGet(path: string, headers: Record<string, string>) {
  const [answer] = (await once(request(new URL(path, app.url), { headers }).end(), 'response')) as [IncomingMessage];
  const { location, 'content-type': type } = answer.headers;
  return { status: answer.statusCode, type, location, text: await bodyOf(answer) };
}

describe('the application', () => {
  it.each([
    [200, '/'],
    [200, '/admin/users'],
    [200, '/admin/users/7'],
    [200, '/setup/'],
    [200, '/Sign-In'],
    [200, '/search?q=onion'],
    [200, '/tags/kitchen'],
    [404, '/categories/unknown'],
    [404, '/posts/unknown'],
    [404, '/profile/edit'],
    [404, '/not/known/to/the/server'],
    [404, '/posts/' + 'x'.repeat(500)],
    [404, '/@unknown'],
    [404, '/API-docs'],
    [404, '/ü'],
  ])('answers with status %i at %s', async (status, path) => {
    for (const headers of [HTML, { Accept: '*/*' }]) {
      const answer = await app.browser().get(path, headers);

      expect(answer.status).toBe(status);
      expect(answer.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
      expect(answer.text).toContain('id="boot"');
    }
  });

  it('is known to the server by every address that it has', () => {
    const source = readFileSync('web/router/index.ts', 'utf8');
    const paths = [...source.matchAll(/path: '(\/[\w/-]*)'/g)].map(([, path = '']) => path);
    const known: string[] = ['/', '/search', ...APP_PATHS];

    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => !known.includes(path))).toEqual([]);
  });

  it.each([
    ['/profile', '/settings/profile'],
    ['/users?sort=email', '/admin/users?sort=email'],
    ['/upstreams', '/admin/upstreams'],
  ])('has moved from %s to %s', async (from, to) => {
    expect(await rawGet(from, HTML)).toMatchObject({ status: 301, location: to });
  });

  it.each(['/api', '/api/', '/api/unknown', '/api/users/1/x', '/assets/unknown.js', '/assets', '/.well-known/unknown'])(
    'never answers %s, which belongs to programs',
    async (path) => {
      const answer = await app.browser().get(path, HTML);

      expect(answer.status).toBe(404);
      expect(answer.text).not.toContain('id="boot"');
    },
  );

  it.each(['*/*', undefined])('answers monitors and link previews, which send Accept: %s', async (accept) => {
    for (const path of ['/', '/admin/users', '/sign-in']) {
      const answer = await rawGet(path, accept === undefined ? {} : { Accept: accept });

      expect(answer).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
      expect(answer.text).toContain('id="boot"');
    }
  });

  it.each(['/api/unknown', '/api', '/gw/unknown/x', '/assets/unknown.js', '/uploads/unknown.png'])(
    'is not what programs get at %s, whatever they accept',
    async (path) => {
      expect(await rawGet(path, { Accept: '*/*' })).toMatchObject({
        status: 404,
        type: expect.stringContaining('json'),
      });
    },
  );

  it('is given neither to programs that want something else nor to the parts of a page', async () => {
    const others = [
      { Accept: 'application/json' },
      { Accept: 'application/json, text/plain, */*' },
      { Accept: 'image/*' },
      { Accept: '*/*', 'Sec-Fetch-Dest': 'script' },
      { Accept: 'image/avif,image/*,*/*;q=0.8', 'Sec-Fetch-Dest': 'image' },
    ];
    for (const headers of others) {
      expect([headers, await rawGet('/sign-in', headers)]).toMatchObject([
        headers,
        { status: 404, type: expect.stringContaining('json') },
      ]);
    }
  });

  it('is sent for GET and HEAD only', async () => {
    expect((await app.browser().request('HEAD', '/sign-in', { headers: HTML })).status).toBe(200);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect((await app.browser().request(method, '/sign-in', { headers: HTML })).status, method).toBe(404);
    }
  });

  it('starts no session', async () => {
    expect((await app.browser().get('/', HTML)).headers.getSetCookie()).toEqual([]);
  });

  it('has a sign-out form for people without JavaScript only when they are signed in', async () => {
    const ada = await app.member('ada3');
    const [mine, theirs] = [await ada.get('/', HTML), await app.browser().get('/', HTML)];

    expect(mine.text).toMatch(/<noscript>.*name="_csrf".*<\/noscript>/s);
    expect(theirs.text).not.toContain('_csrf');
  });
});

describe('a view that visitors share', () => {
  it.each([
    ['/', '?reset_token=SECRET'],
    ['/', `?after=${'A'.repeat(501)}`],
    ['/search', `?q=${'x'.repeat(101)}`],
    ['/@shared-author', '?reset_token=SECRET'],
  ])('has nothing of the address by which an earlier visitor came: %s%s', async (path, rest) => {
    if (path.startsWith('/@')) await app.member('shared-author');
    const plain = (text: string) => text.replaceAll(/nonce="[^"]*"/g, '').replaceAll(/"now":"[^"]*"/g, '');
    const dirty = await app.browser().get(path + rest, HTML);
    const clean = await app.browser().get(path, HTML);

    expect(clean.text).not.toContain('SECRET');
    expect(plain(dirty.text)).toBe(plain(clean.text));
    expect(clean.text).not.toContain('AAAAAAAA');
  });
});
