import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { isUnsafe, pathWith, routesOf } from '../../tests/support/route-table.js';
import { allRows } from '../../tests/support/rows.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
});
afterAll(() => app.stop());

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const cookieOf = (client: Client) => [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');

/** The token of the form on a page, as it is given to people without JavaScript. */
async function formToken(client: Client): Promise<string> {
  const { text } = await client.get('/', { Accept: 'text/html' });
  return /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
}

/** What a page elsewhere could make a browser send, and what a page of ours might forget. Each beside the cookie. */
const FORGERIES: [string, Record<string, string>, string?][] = [
  ['nothing but the cookie', {}],
  ['an X-CSRF that is not 1', { 'X-CSRF': '0' }],
  ['no X-CSRF, from our origin', { 'Sec-Fetch-Site': 'same-origin' }],
  ['Sec-Fetch-Site: same-site', { 'X-CSRF': '1', 'Sec-Fetch-Site': 'same-site' }],
  ['Sec-Fetch-Site: cross-site', { 'X-CSRF': '1', 'Sec-Fetch-Site': 'cross-site' }],
  ['Sec-Fetch-Site: none', { 'X-CSRF': '1', 'Sec-Fetch-Site': 'none' }],
  ['another Origin', { 'X-CSRF': '1', Origin: 'https://evil.example' }],
  ['the Origin null', { 'X-CSRF': '1', Origin: 'null' }],
  ['an Origin that ends like ours', { 'X-CSRF': '1', Origin: 'http://evil.localhost:3000' }],
  ['another port of this machine', { 'X-CSRF': '1', Origin: 'http://127.0.0.1:1' }],
  ['a form without _csrf', FORM, 'a=1'],
  ['a form with an empty _csrf', FORM, '_csrf='],
  ['a form with a wrong _csrf', FORM, `_csrf=${'A'.repeat(86)}`],
  ['a form with two _csrf', FORM, '_csrf=a&_csrf=b'],
  ['a form with a nested _csrf', FORM, '_csrf[]=a'],
  ['plain text', { 'Content-Type': 'text/plain' }, '{}'],
];

const unsafeRoutes = () => routesOf(app.services).filter(isUnsafe);

describe('every route that changes something', () => {
  it('is in the table', () => {
    expect(unsafeRoutes().map(({ method, path }) => `${method} ${path}`)).toEqual(
      expect.arrayContaining(['POST /api/auth/login', 'POST /api/auth/logout', 'DELETE /api/users/:id']),
    );
  });

  it.each(FORGERIES)('refuses the cookie with %s', async (_name, headers, body) => {
    const before = await allRows(app.database);
    for (const { method, path } of unsafeRoutes()) {
      const answer = await app.program().request(method, pathWith(path, 1), {
        headers: { Cookie: cookieOf(admin), ...headers },
        ...(body !== undefined && { body }),
      });

      expect(answer.status, `${method} ${path}`).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'csrf_failed' });
    }
    expect(await allRows(app.database)).toEqual(before);
  });

  it('refuses a multipart form, whose token is not read', async () => {
    const headers = { Cookie: cookieOf(admin), 'Content-Type': 'multipart/form-data; boundary=x' };
    for (const { method, path } of unsafeRoutes()) {
      const answer = await app.program().request(method, pathWith(path, 1), { headers, body: '--x--' });
      expect([403, 415], path).toContain(answer.status);
    }
  });

  it.each([
    ['another Origin', { Origin: 'https://evil.example', 'X-CSRF': '1' }],
    ['another site', { 'Sec-Fetch-Site': 'cross-site', 'X-CSRF': '1' }],
    ['no X-CSRF', { 'Sec-Fetch-Site': 'same-origin' }],
  ])(
    'refuses a browser without a cookie, but with %s: no page elsewhere can sign a browser in',
    async (_name, headers) => {
      for (const { method, path } of unsafeRoutes()) {
        const answer = await app.program().request(method, pathWith(path, 1), { headers });

        expect(`${path} ${answer.status}`).toBe(`${path} 403`);
      }
    },
  );

  it('refuses a browser that adds a bearer token to its cookie', async () => {
    const token = await bearerToken('token-holder');
    for (const { method, path } of unsafeRoutes()) {
      const headers = { Cookie: cookieOf(admin), Authorization: `Bearer ${token}` };
      expect((await app.program().request(method, pathWith(path, 1), { headers })).status, path).toBe(403);
    }
  });

  it('refuses addresses that no route has, in the same way', async () => {
    const answer = await app.program().post('/api/nowhere', {}, { Cookie: cookieOf(admin) });

    expect(answer.status).toBe(403);
  });
});

describe('a form', () => {
  it('works with the token of its own page, and is led back to a page', async () => {
    const ada = await app.member('ada');
    const headers = { ...FORM, 'X-CSRF': '', Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate' };

    const answer = await ada.post('/api/auth/logout', `_csrf=${await formToken(ada)}`, headers);

    expect(answer.status).toBe(303);
    expect(answer.headers.get('Location')).toBe('/');
    expect((await ada.get('/api/auth/me')).status).toBe(401);
  });

  it('works for a program that fills it in like a browser', async () => {
    const body = new URLSearchParams({
      _csrf: await formToken(admin),
      username: 'formed',
      email: 'formed@example.com',
      password: PASSWORD,
    });

    const answer = await admin.post('/api/users', body, { 'X-CSRF': '' });

    expect(answer.status).toBe(201);
    expect(answer.json()).toMatchObject({ user: { username: 'formed' } });
  });

  it('has another token each time, and all of them work', async () => {
    const ada = await app.member('ada2');
    const tokens = [await formToken(ada), await formToken(ada)];
    expect(new Set(tokens).size).toBe(2);

    for (const token of tokens) {
      const body = new URLSearchParams({ _csrf: token, current: 'wrong password', password: PASSWORD });
      expect((await ada.post('/api/auth/password', body, { 'X-CSRF': '' })).json()['code']).toBe('invalid_credentials');
    }
  });

  it('is refused with the token of another session, also of the same person', async () => {
    const eve = await app.member('eve');
    const adaAgain = app.browser();
    await adaAgain.post('/api/auth/login', { username: 'admin', password: PASSWORD });

    for (const token of [await formToken(eve), await formToken(adaAgain)]) {
      const answer = await admin.post('/api/auth/logout', `_csrf=${token}`, { ...FORM, 'X-CSRF': '' });
      expect(answer.status).toBe(403);
    }
  });

  it('is refused from a page elsewhere even with the right token', async () => {
    const body = `_csrf=${await formToken(admin)}`;

    for (const elsewhere of [{ 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'https://evil.example' }]) {
      expect((await admin.post('/api/auth/logout', body, { ...FORM, 'X-CSRF': '', ...elsewhere })).status).toBe(403);
    }
  });
});

describe('our origin', () => {
  it('is every name of this machine with the port asked, while PUBLIC_URL is not set', async () => {
    const { port } = new URL(app.url);

    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      const answer = await admin.patch('/api/users/1', {}, { Origin: `http://${host}:${port}` });
      expect(answer.status, host).toBe(200);
    }
    expect((await admin.patch('/api/users/1', {}, { Origin: `https://localhost:${port}` })).status).toBe(403);
  });

  it('is PUBLIC_URL alone, once it is set', async () => {
    const published = await startTestApp({ PUBLIC_URL: 'https://example.com' });
    const login = (origin: string) =>
      published.browser({ Origin: origin }).post('/api/auth/login', { username: 'unknown', password: 'x' });

    expect((await login('https://example.com')).status).toBe(401);
    for (const origin of [published.url, 'http://example.com', 'https://example.com:8443', 'https://www.example.com']) {
      expect((await login(origin)).status, origin).toBe(403);
    }
    await published.stop();
  });
});

describe('what is no forgery', () => {
  it('a program without a cookie needs neither header nor token', async () => {
    const answer = await app.program().post('/api/auth/login', { username: 'unknown', password: 'x' });

    expect(answer.json()['code']).toBe('invalid_credentials');
  });

  it('cookies of other names make no program a browser', async () => {
    const headers = { Cookie: 'theme=dark; xsid=1; sid.sig=2; SID=3' };
    const answer = await app.program().post('/api/auth/login', { username: 'admin', password: PASSWORD }, headers);

    expect(answer.status).toBe(200);
    expect(answer.json()).toHaveProperty('token');
  });

  it('reading needs no token', async () => {
    const headers = { Cookie: cookieOf(admin), 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' };

    expect((await app.program().get('/api/auth/me', headers)).status).toBe(200);
  });

  it('no preflight of a page elsewhere is granted', async () => {
    const headers = {
      Origin: 'https://evil.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'x-csrf',
    };
    const answer = await app.program().request('OPTIONS', '/api/auth/logout', { headers });

    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

async function bearerToken(username: string): Promise<string> {
  const account = { username, email: `${username}@example.com`, password: PASSWORD };
  return (await app.program().post('/api/auth/register', account)).json<{ token: string }>().token;
}
