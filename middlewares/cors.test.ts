import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookieOf } from '../tests/support/stage.js';
import { PASSWORD, startTestApp, type TestApp } from '../tests/support/start-test-app.js';

const FRIEND = 'https://friend.example';
const LOCAL = 'http://localhost:5173';

let app: TestApp;
let closed: TestApp;
let token: string;
beforeAll(async () => {
  [app, closed] = await Promise.all([startTestApp({ CORS_ORIGINS: `${FRIEND}, ${LOCAL}` }), startTestApp()]);
  const account = { username: 'ada', email: 'ada@example.com', password: PASSWORD };
  const answer = await app.program().post('/api/auth/register', account);
  token = answer.json<{ token: string }>().token;
});
afterAll(() => Promise.all([app.stop(), closed.stop()]));

/** What a browser adds to a request of a page there. */
const from = (origin: string) => ({ Origin: origin, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' });
const bearer = () => ({ Authorization: `Bearer ${token}` });
const post = { title: 'Hello', content: 'from afar', category: 'tech' };
const granted = ({ headers }: { headers: Headers }) => headers.get('Access-Control-Allow-Origin');

describe('a page elsewhere', () => {
  it.each([FRIEND, LOCAL])('of %s reads and writes with a token of its own', async (origin) => {
    const page = app.program({ ...from(origin), ...bearer() });
    const [me, written] = [await page.get('/api/auth/me'), await page.post('/api/posts', post)];

    expect([me.status, written.status]).toEqual([200, 201]);
    for (const answer of [me, written]) {
      expect(granted(answer)).toBe(origin);
      expect(answer.headers.get('Vary')).toMatch(/\bOrigin\b/);
      expect(answer.headers.get('Access-Control-Expose-Headers')).toContain('Retry-After');
    }
  });

  it('may read a refusal as well', async () => {
    const refused = await app.program(from(FRIEND)).get('/api/auth/me');

    expect(refused.status).toBe(401);
    expect(granted(refused)).toBe(FRIEND);
  });

  it.each([
    'https://evil.example',
    'https://friend.example.evil.example',
    'http://friend.example',
    'https://friend.example:8443',
    'https://FRIEND.example',
    'null',
    '*',
  ])('of %s, which was not named, reads and writes nothing', async (origin) => {
    const page = app.program({ ...from(origin), ...bearer() });

    expect(granted(await page.get('/api/tags'))).toBeNull();
    const refused = await page.post('/api/posts', post);
    expect(refused.status).toBe(403);
    expect(refused.json()).toMatchObject({ code: 'csrf_failed' });
    expect(granted(refused)).toBeNull();
  });

  it('cannot ride on a cookie', async () => {
    const ada = await app.member('bob');
    const page = app.program({ ...from(FRIEND), 'X-CSRF': '1', Cookie: cookieOf(ada) });

    expect(granted(await page.get('/api/auth/me'))).toBeNull();
    for (const headers of [{}, bearer()]) {
      const refused = await page.post('/api/posts', post, headers);
      expect(refused.status).toBe(403);
      expect(granted(refused)).toBeNull();
    }
  });

  it.each([
    ['/api/auth/login', { username: 'ada', password: PASSWORD }],
    ['/api/auth/register', { username: 'eve', email: 'eve@example.com', password: PASSWORD }],
    ['/api/setup', { username: 'eve', email: 'eve@example.com', password: PASSWORD, token: 'x' }],
  ])('signs no one in and gets no token at %s', async (path, body) => {
    for (const headers of [{}, bearer(), { Authorization: 'Bearer x' }, { 'X-CSRF': '1' }]) {
      const refused = await app.program(from(FRIEND)).post(path, body, headers);

      expect(refused.status).toBe(403);
      expect(refused.json()).toMatchObject({ code: 'csrf_failed' });
      expect(refused.headers.getSetCookie()).toEqual([]);
    }
  });
});

describe('a preflight', () => {
  const ask = (of: TestApp, origin: string, path = '/api/posts') =>
    of.program().request('OPTIONS', path, {
      headers: {
        ...from(origin),
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization',
      },
    });

  it('is granted to the origins that were named, for a while, and without cookies', async () => {
    const { status, headers, text } = await ask(app, FRIEND);

    expect([status, text]).toEqual([204, '']);
    expect(headers.get('Access-Control-Allow-Origin')).toBe(FRIEND);
    expect(headers.get('Access-Control-Allow-Methods')).toBe('GET, HEAD, POST, PUT, PATCH, DELETE');
    expect(headers.get('Access-Control-Allow-Headers')).toMatch(/^Authorization, Content-Type/);
    expect(headers.get('Access-Control-Allow-Headers')).not.toMatch(/X-CSRF|\*/i);
    expect(headers.get('Access-Control-Max-Age')).toBe('600');
    expect(headers.get('Vary')).toMatch(/\bOrigin\b/);
  });

  it('is granted to no other, and to none where no origin is configured', async () => {
    for (const answer of [await ask(app, 'https://evil.example'), await ask(closed, FRIEND)]) {
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it('is granted for the API only', async () => {
    expect(granted(await ask(app, FRIEND, '/'))).toBeNull();
    expect(granted(await app.program(from(FRIEND)).get('/', { Accept: 'text/html' }))).toBeNull();
  });
});

it('never says that cookies may come along', async () => {
  const answers = [
    await app.program({ ...from(FRIEND), ...bearer() }).get('/api/auth/me'),
    await app.browser().get('/api/auth/me'),
    await app.program(from(FRIEND)).request('OPTIONS', '/api/posts', {
      headers: { 'Access-Control-Request-Method': 'POST' },
    }),
  ];
  for (const { headers } of answers) expect(headers.get('Access-Control-Allow-Credentials')).toBeNull();
});
