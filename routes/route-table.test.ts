import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../tests/support/client.js';
import { pathWith, routesOf, type Route } from '../tests/support/route-table.js';
import { PASSWORD, startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
});
afterAll(() => app.stop());

const routes = () => routesOf(app.services);
const matcherOf = (pattern: string) => new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}$`);
const nameOf = ({ method, path }: Route) => `${method} ${path}`;

describe('the route table', () => {
  it('matches the contract', () => {
    expect(routes().map(nameOf)).toEqual(
      expect.arrayContaining([
        'POST /api/auth/register',
        'POST /api/auth/login',
        'POST /api/auth/logout',
        'GET /api/auth/me',
        'POST /api/auth/password',
        'POST /api/auth/refresh',
        'GET /api/auth/session',
        'GET /api/auth/sessions',
        'DELETE /api/auth/sessions',
        'DELETE /api/auth/sessions/:id',
        'GET /api/auth/tokens',
        'POST /api/auth/tokens',
        'DELETE /api/auth/tokens/:id',
        'GET /api/users',
        'GET /api/users/:id',
        'POST /api/users',
        'PUT /api/users/:id',
        'PATCH /api/users/:id',
        'DELETE /api/users/:id',
        'POST /api/users/:id/follow',
        'DELETE /api/users/:id/follow',
        'GET /api/posts/feed',
        'POST /api/posts/:id/like',
        'DELETE /api/posts/:id/like',
        'GET /api/posts/:id/comments',
        'POST /api/posts/:id/comments',
        'PATCH /api/comments/:id',
        'DELETE /api/comments/:id',
        'GET /api/categories',
        'POST /api/categories',
        'GET /api/tags',
        'GET /api/posts/stats/overview',
        'GET /api/bff/home',
        'GET /api/admin/upstreams',
      ]),
    );
  });

  it('has a summary and an access rule for every route', () => {
    const silent = routes().filter(({ spec }) => !spec?.summary || !['anyone', 'signed-in'].includes(spec.access));

    expect(silent.map(nameOf)).toEqual([]);
  });

  it('opens to anonymous callers what the contract opens, and nothing else', () => {
    const open = routes().filter(({ spec }) => spec?.access === 'anyone');

    expect(open.map(nameOf).toSorted()).toEqual([
      'GET /api/auth/session',
      'GET /api/bff/home',
      'GET /api/categories',
      'GET /api/docs',
      'GET /api/openapi.json',
      'GET /api/posts',
      'GET /api/posts/:id',
      'GET /api/posts/:id/comments',
      'GET /api/posts/:id/related',
      'GET /api/posts/slug/:slug',
      'GET /api/tags',
      'GET /api/users/:id',
      'GET /api/users/username/:username',
      'POST /api/auth/login',
      'POST /api/auth/refresh',
      'POST /api/auth/register',
      'POST /api/setup',
    ]);
  });

  it('checks every body, parameter and query that it reads', () => {
    const unchecked = routes().filter(({ path, spec }) => path.includes(':') && !spec?.params);

    expect(unchecked.map(nameOf)).toEqual([]);
  });
});

describe('an anonymous caller', () => {
  const bodies: [string, unknown, Record<string, string>?][] = [
    ['nothing', undefined],
    ['an empty object', {}],
    ['nonsense', { nonsense: true, role: 'admin' }],
    ['a list', [1, 2]],
    ['a whole account', { username: 'eve', email: 'eve@example.com', password: PASSWORD, current: PASSWORD }],
    ['a form', 'username=eve', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ];

  it.each(bodies)(
    'gets 401 from every route for people who are signed in, sending %s',
    async (_name, body, headers) => {
      for (const { method, path, spec } of routes()) {
        if (spec?.access !== 'signed-in') continue;
        for (const id of [1, 999, 'abc', '1e3']) {
          const sends = method === 'GET' || body === undefined ? {} : { body };
          const answer = await app.program().request(method, pathWith(path, id), { ...sends, headers: headers ?? {} });

          expect(answer.status, `${method} ${path}`).toBe(401);
          expect(answer.json()).toMatchObject({ code: 'not_signed_in', requestId: expect.any(String) });
        }
      }
    },
  );

  it('gets the same 401 for an invalid query', async () => {
    expect((await app.program().get('/api/users?page=0&sort=password')).json()).toMatchObject({
      code: 'not_signed_in',
    });
  });
});

describe('an address with another method', () => {
  it('is a 405 whose Allow lists the methods of the path', async () => {
    const paths = [...new Set(routes().map(({ path }) => path))];
    for (const path of paths) {
      // /api/posts/feed is also an address of the form /api/posts/:id.
      const matching = routes().filter((route) => matcherOf(route.path).test(pathWith(path, 1)));
      const known = [...new Set(matching.map(({ method }) => method))];
      const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !known.includes(method));
      for (const method of methods) {
        const answer = await admin.request(method, pathWith(path, 1), method === 'GET' ? {} : { body: {} });

        expect(answer.status, `${method} ${path}`).toBe(405);
        expect(answer.json()).toMatchObject({ code: 'method_not_allowed' });
        const allowed = (answer.headers.get('Allow') ?? '').split(/,\s*/).filter((name) => name !== 'HEAD');
        expect(allowed.toSorted()).toEqual(known.toSorted());
      }
    }
  });

  it('is a 405 for people as well, never the application', async () => {
    const answer = await admin.get('/api/auth/login', { Accept: 'text/html' });

    expect(answer.status).toBe(405);
    expect(answer.text).not.toContain('id="boot"');
  });

  it('is a 405 to methods that no route has', async () => {
    for (const method of ['PROPFIND', 'TRACE', 'LOCK', 'M-SEARCH']) {
      const answer = await admin.request(method, '/api/users').catch(() => undefined);
      expect([405, undefined], method).toContain(answer?.status);
    }
  });
});

describe('an unknown address', () => {
  it.each([
    '/api',
    '/api/',
    '/api/nowhere',
    '/api/users/1/nothing',
    '/api/auth',
    '/apiusers',
    '/api//users',
    '/API/users',
    '/api/USERS',
  ])('%s is a 404 in the form of every error', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await admin.request(method, path, { headers: { Accept: 'application/json' } });

      expect(answer.status, method).toBe(404);
      expect(answer.json()).toEqual({
        error: 'No such endpoint',
        code: 'not_found',
        requestId: answer.headers.get('X-Request-Id'),
      });
    }
  });
});

describe('a slash at the end of an address', () => {
  it('is ignored on every route; two make a different address', async () => {
    for (const { method, path } of routes()) {
      const filled = pathWith(path, 1);
      const ask = (address: string) => app.program().request(method, address, method === 'GET' ? {} : { body: {} });
      const [plain, slashed, twice] = [await ask(filled), await ask(`${filled}/`), await ask(`${filled}//`)];

      expect(slashed.status, `${method} ${filled}/`).toBe(plain.status);
      expect(twice.status, `${method} ${filled}//`).toBe(404);
    }
  });
});

describe('HEAD', () => {
  it('answers like GET, without the body', async () => {
    const [get, head] = [await admin.get('/api/auth/me'), await admin.request('HEAD', '/api/auth/me')];

    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    expect(head.headers.get('Content-Type')).toBe(get.headers.get('Content-Type'));
  });
});
