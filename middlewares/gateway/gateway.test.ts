import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jsonwebtoken from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { rawRequest } from '../../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { EVERYTHING, startUpstream, writeUpstreams, type UpstreamProcess } from '../../tests/support/upstream.js';
import { until } from '../../tests/support/until.js';

let dir: string;
let upstream: UpstreamProcess;
let other: UpstreamProcess;
let app: TestApp;
let ada: Client & { id: number };
let anonymous: Client;
const lines: string[] = [];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-gateway-'));
  [upstream, other] = await Promise.all([startUpstream(), startUpstream({ name: 'other' })]);
  const file = join(dir, 'upstreams.json');
  const timeouts = { headersMs: 300, bodyIdleMs: 300, totalMs: 1_500 };
  const open = { instances: [upstream.url], allow: EVERYTHING, timeouts };
  writeUpstreams(file, {
    open,
    user: { ...open, token: 'user' },
    maybe: { ...open, token: 'user-or-none' },
    service: { ...open, token: 'service' },
    members: { ...open, access: 'signed-in' },
    narrow: {
      ...open,
      allow: [
        { methods: ['GET', 'HEAD'], paths: ['/items', '/items/*'] },
        { methods: ['POST'], paths: ['/items/:id/notes'] },
      ],
    },
    small: { ...open, maxBodyBytes: 1_000 },
    few: { instances: [upstream.url], allow: EVERYTHING, maxConcurrent: 2 },
    ruled: {
      ...open,
      headers: {
        request: { pass: ['X-Passed', 'X-Hop'], set: { 'X-Tenant': 'acme' }, remove: ['Accept-Language'] },
        response: { set: { 'X-From': 'rule' }, remove: ['X-Own'], pass: ['set-cookie'] },
      },
    },
  });
  app = await startTestApp({ UPSTREAMS_FILE: file }, (line) => lines.push(line));
  ada = await app.member('ada');
  anonymous = app.program();
});
afterAll(async () => {
  await app.stop();
  await Promise.all([upstream.stop(), other.stop()]);
  rmSync(dir, { recursive: true });
});

interface Echo {
  method: string;
  url: string;
  headers: Record<string, string>;
  bytes: number;
}
const echo = async (client: Client, name: string, headers: Record<string, string> = {}) =>
  (await client.get(`/gw/${name}/echo?a=1&a=2`, headers)).json<Echo>();

describe('a request through the gateway', () => {
  it('reaches the path after the prefix, with its query', async () => {
    expect(await echo(anonymous, 'open')).toMatchObject({ method: 'GET', url: '/echo?a=1&a=2' });
    expect((await anonymous.get('/gw/open')).json()).toMatchObject({ url: '/' });
    expect((await anonymous.get('/gw/open?x')).json()).toMatchObject({ url: '/?x' });
  });

  it('passes its body on unread, with any content type', async () => {
    for (const body of ['{"half":', 'a=1', new Uint8Array([0, 255, 10])]) {
      const answer = await anonymous.post('/gw/open/echo', body, { 'Content-Type': 'application/octet-stream' });
      expect(answer.json()).toMatchObject({ method: 'POST', bytes: body.length });
    }
    expect((await anonymous.delete('/gw/open/echo')).json()).toMatchObject({ method: 'DELETE', bytes: 0 });
  });

  it('carries no cookie, no credentials and no forwarding headers that the client invented', async () => {
    const { headers } = await echo(ada, 'open', {
      Authorization: 'Basic b25seTpvdXJz',
      Forwarded: 'for=6.6.6.6',
      'X-Forwarded-For': '6.6.6.6',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Prefix': '/evil',
      'X-Real-IP': '6.6.6.6',
      X_Forwarded_For: '6.6.6.6',
      TE: 'trailers, deflate',
    });

    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('x-real-ip');
    expect(headers).not.toHaveProperty('x-csrf');
    expect(JSON.stringify(headers)).not.toMatch(/6\.6\.6\.6|evil/);
    const host = new URL(app.url).host;
    expect(headers).toMatchObject({
      host: new URL(upstream.url).host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': host,
      forwarded: `for=127.0.0.1;proto=http;host="${host}"`,
      te: 'trailers',
    });
  });

  it('loses the headers that Connection names', async () => {
    const answer = await rawRequest(
      app.url,
      'GET /gw/ruled/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nX-Passed: 1\r\n\r\n',
    );

    expect(answer).toContain('"x-passed":"1"');
    expect(answer).not.toContain('x-hop');
    expect(answer).not.toContain('"keep-alive":"5"');
  });

  it('continues the trace and the id of its client, or starts new ones', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const continued = await echo(anonymous, 'open', {
      traceparent: `00-${trace}-00f067aa0ba902b7-01`,
      'X-Request-Id': 'caller-0001',
    });
    expect(continued.headers['traceparent']).toMatch(new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    expect(continued.headers['x-request-id']).toBe('caller-0001');
    for (const bad of ['00-0-0-01', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `ff-${trace}-00f067aa0ba902b7-01`]) {
      const begun = await echo(anonymous, 'open', { traceparent: bad });
      expect(begun.headers['traceparent']).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
      expect(begun.headers['traceparent']).not.toContain(trace);
    }
  });

  it('has the headers that the declaration sets, and none that it removes', async () => {
    const { headers } = await echo(anonymous, 'ruled', { 'X-Tenant': 'mine', 'Accept-Language': 'de' });

    expect(headers['x-tenant']).toBe('acme');
    expect(headers).not.toHaveProperty('accept-language');
  });
});

describe('a response through the gateway', () => {
  it('sets no cookie and weakens none of the headers that protect our origin', async () => {
    const { headers } = await ada.get('/gw/open/headers');

    expect(headers.getSetCookie()).toEqual([]);
    expect(headers.get('Content-Security-Policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('X-Frame-Options')).toBe('DENY');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    for (const name of ['Access-Control-Allow-Origin', 'Access-Control-Allow-Credentials', 'Clear-Site-Data']) {
      expect(headers.get(name)).toBeNull();
    }
    expect(headers.get('Strict-Transport-Security')).toBeNull();
    expect(headers.get('X-Secret-Hop')).toBeNull();
    expect(headers.get('X-Own')).toBe('passed');
    expect(headers.get('X-Accent')).toBe('caf%C3%A9');
    expect(headers.get('Content-Type')).toBe('text/html; charset=utf-8');
  });

  it('is publicly cacheable if its upstream declares that, unless it is for one account', async () => {
    expect((await anonymous.get('/gw/open/headers')).headers.get('Cache-Control')).toBe('public, max-age=600');
    expect((await ada.get('/gw/user/headers')).headers.get('Cache-Control')).toBe('no-store');
    expect((await ada.get('/gw/user/private')).headers.get('Cache-Control')).toBe('private, max-age=60');
  });

  it('sets cookies if the declaration lets them pass, but never ours', async () => {
    const { headers } = await anonymous.get('/gw/ruled/headers');

    expect(headers.getSetCookie()).toEqual(['theirs=1; Path=/']);
    expect(headers.get('X-From')).toBe('rule');
    expect(headers.get('X-Own')).toBeNull();
  });

  it('has the status, range, trailers and empty body of the upstream', async () => {
    for (const code of [200, 204, 304, 400, 404, 418, 500]) {
      expect((await anonymous.get(`/gw/open/status?code=${code}`)).status).toBe(code);
    }
    const range = await anonymous.get('/gw/open/range', { Range: 'bytes=0-3' });
    expect([range.status, range.text, range.headers.get('Content-Range')]).toEqual([206, '0123', 'bytes 0-3/10']);
    const raw = await rawRequest(
      app.url,
      'GET /gw/open/trailers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(raw).toMatch(/\r\n0\r\nx-checksum: abc\r\n\r\n$/i);
    const head = await anonymous.request('HEAD', '/gw/open/bytes?n=77');
    expect([head.status, head.text, head.headers.get('Content-Length')]).toEqual([200, '', '77']);
  });

  it('is not compressed by us', async () => {
    const { headers } = await fetch(`${app.url}/gw/open/echo`, { headers: { 'Accept-Encoding': 'gzip' } });
    expect(headers.get('Content-Encoding')).toBeNull();
  });

  it('is sent event by event', async () => {
    const answer = await fetch(`${app.url}/gw/open/events`, { headers: { 'Accept-Encoding': 'gzip' } });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('data: 0\n\n');
    expect((await reader?.read())?.value).toBe('data: 1\n\n');
    await reader?.cancel();
    await until('the upstream hears of it', async () => (await upstream.figures()).aborted > 0);
  });

  it('redirects to the upstream only', async () => {
    expect((await anonymous.get('/gw/open/inward')).headers.get('Location')).toBe('/gw/open/echo?from=inward');
    expect((await anonymous.get('/gw/open/absolute')).headers.get('Location')).toBe('/gw/open/echo');
    for (const to of [`${other.url}/echo`, 'http://169.254.169.254/latest', '//evil.example/', 'javascript:alert(1)']) {
      const refused = await anonymous.get(`/gw/open/outward?to=${encodeURIComponent(to)}`);
      expect(refused.status, to).toBe(502);
      expect(refused.headers.get('Location')).toBeNull();
    }
    expect((await other.figures()).seen).toBe(1); // this request
    expect(lines.some((line) => line.includes('refused a redirect'))).toBe(true);
  });

  it('is aborted upstream when the client disconnects', async () => {
    const { aborted } = await upstream.figures();
    const leaving = new AbortController();
    const answer = fetch(`${app.url}/gw/open/wait?ms=5000`, { signal: leaving.signal });
    await until('it is in flight', async () => (await upstream.figures()).seen > 0);
    leaving.abort();
    await expect(answer).rejects.toThrow('abort');
    await until('the upstream hears of it', async () => (await upstream.figures()).aborted > aborted);
  });
});

describe('a path', () => {
  it('is requested only as the declaration allows', async () => {
    for (const path of ['/items', '/items/7', '/items/7/notes', '/items?q=%2F..']) {
      expect((await anonymous.get(`/gw/narrow${path}`)).status, path).toBe(200);
    }
    for (const path of ['', '/', '/items/', '/item', '/itemsx', '/admin', '/Items']) {
      const refused = await anonymous.get(`/gw/narrow${path}`);
      expect(refused.status, path).toBe(404);
      expect(refused.json()).toMatchObject({ code: 'not_found' });
    }
    const method = await anonymous.put('/gw/narrow/items', {});
    expect([method.status, method.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
    expect((await anonymous.post('/gw/narrow/items/7/notes', {})).status).toBe(200);
    expect((await anonymous.post('/gw/narrow/items/7/x/notes', {})).status).toBe(405);
    for (const path of ['/gw/', '/gw', '/gw/unknown/x', '/gw/__proto__/x', '/gw/OPEN/echo']) {
      expect((await anonymous.get(path, { Accept: 'text/html' })).status, path).toBe(404);
    }
  });

  it.each([
    '/items/../admin',
    '/items/./7',
    '/items/..',
    '/items/%2e%2e/admin',
    '/items/.%2E/admin',
    '/items/..;/admin',
    '/items/..%3b/admin',
    '/items//7',
    '/items/a%2fb',
    '/items/a%2Fb',
    '/items/a\\b',
    '/items/a%5cb',
    '/items/a%00b',
    '/items/a%0d%0ab',
    '/items/%252e%252e/admin',
    '/items/%25%32%65',
    '/items/%c0%ae%c0%ae/admin',
    '/items/%e0%80%ae',
    '/items/%zz',
    '/items/%',
    '/items/#x',
    '//items',
    '/items/%EF%BC%8E%EF%BC%8E/admin', // U+FF0E, fullwidth full stop
    '/items/%ef%bc%8e%2e/admin',
    '/items/%E2%80%A4%E2%80%A4/admin', // U+2024, one dot leader
    '/items/%E2%80%A5/admin', // U+2025, two dot leader
    '/items/%E2%80%A6', // U+2026, ellipsis
    '/items/%EF%B9%92%EF%B9%92/admin', // U+FE52, small full stop
    '/items/..%EF%BC%8Fadmin', // U+FF0F, fullwidth solidus
    '/items/a%E2%84%80b', // U+2100, a/c
    '/items/..%EF%BC%BCadmin', // U+FF3C, fullwidth reverse solidus
    '/items/..%EF%B9%A8admin', // U+FE68, small reverse solidus
    '/items/%EF%BC%852e%EF%BC%852e/admin', // U+FF05, fullwidth percent sign
    '/items/%EF%B9%AA2e', // U+FE6A, small percent sign
    '/items/．．/admin',
    '/items/a／b',
  ])('%s is a 400, and no request is sent', async (path) => {
    const { seen } = await upstream.figures();
    const answer = await rawRequest(
      app.url,
      `GET /gw/narrow${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"malformed_body"');
    expect((await upstream.figures()).seen).toBe(seen + 1);
  });

  it.each(['http://127.0.0.1:1/gw/open/echo', 'http://evil.example/gw/open/echo', 'evil.example:80', 'gw/open/echo'])(
    '%s as a target is a 400',
    async (target) => {
      const { seen } = await upstream.figures();
      const answer = await rawRequest(
        app.url,
        `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );

      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect((await upstream.figures()).seen).toBe(seen + 1);
    },
  );

  it('is sent in the form in which it was checked', async () => {
    const answer = await anonymous.get('/gw/narrow/%69tems/%c3%a9%7e%40');
    expect(answer.json()).toMatchObject({ url: '/items/%C3%A9~%40' });
    const title = encodeURIComponent('报告。（一）？é'); // of Chinese punctuation, nothing becomes a separator
    expect((await anonymous.get(`/gw/narrow/items/${title}`)).json()).toMatchObject({ url: `/items/${title}` });
  });
});

describe('the caller', () => {
  const claimsOf = ({ headers }: Echo) => {
    const token = headers['authorization']?.replace(/^Bearer /, '') ?? '';
    return jsonwebtoken.decode(token, { complete: true });
  };

  it('must be signed in if the upstream receives their token', async () => {
    for (const name of ['user', 'members']) {
      const refused = await anonymous.get(`/gw/${name}/echo`);
      expect(refused.status).toBe(401);
      expect(refused.json()).toMatchObject({ code: 'not_signed_in' });
    }
    expect((await ada.get('/gw/members/echo')).status).toBe(200);
  });

  it('is named to the upstream by a short-lived token of ours, which no browser receives', async () => {
    const answer = await ada.get('/gw/user/items');
    const { authorization, cookie } = answer.json<{ authorization: string; cookie: null }>();
    const { issuer } = app.services.accessTokens;
    const { publicKey } = app.services.signingKeys.current();
    const verified = jsonwebtoken.verify(authorization.replace('Bearer ', ''), publicKey, {
      algorithms: ['ES256'],
      audience: 'user',
      issuer,
      complete: true,
    });
    const { payload, header } = verified as jsonwebtoken.Jwt & { payload: jsonwebtoken.JwtPayload };

    expect(cookie).toBeNull();
    expect(payload).toMatchObject({ sub: String(ada.id), aud: 'user', jti: expect.any(String) });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(300);
    expect(header.kid).toEqual(expect.any(String));
    expect(JSON.stringify([...answer.headers])).not.toContain(authorization.slice(7));
    // Not accepted by us: its audience is the upstream.
    expect((await anonymous.get('/api/auth/me', { Authorization: authorization })).status).toBe(401);
  });

  it('has one token for each sign-in and upstream', async () => {
    const tokenOf = async (client: Client, name: string) => (await echo(client, name)).headers['authorization'];
    const first = await tokenOf(ada, 'user');
    expect(await tokenOf(ada, 'user')).toBe(first);
    expect(await tokenOf(ada, 'maybe')).not.toBe(first);
    const again = app.browser();
    await again.post('/api/auth/login', { email: 'ada@example.com', password: 'correct horse battery' });
    expect(await tokenOf(again, 'user')).not.toBe(first);
  });

  it('is anonymous, or Allium itself, if the declaration says so', async () => {
    const own = { Authorization: 'Bearer not-a-token' };
    expect((await echo(anonymous, 'maybe')).headers).not.toHaveProperty('authorization');
    expect(claimsOf(await echo(ada, 'maybe'))?.payload.sub).toBe(String(ada.id));
    expect(claimsOf(await echo(anonymous, 'service', own))?.payload).toMatchObject({ sub: 'allium', aud: 'service' });
    expect((await anonymous.get('/gw/user/echo', own)).status).toBe(401);
  });

  it('is refused once the session has ended', async () => {
    const bea = await app.member('bea');
    expect((await bea.get('/gw/user/echo')).status).toBe(200);
    await bea.post('/api/auth/logout');
    expect((await bea.get('/gw/user/echo')).status).toBe(401);
  });

  it('is not another site', async () => {
    const { seen } = await upstream.figures();
    for (const headers of [{ 'X-CSRF': '' }, { Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'same-site' }]) {
      const refused = await ada.post('/gw/user/echo', { a: 1 }, headers);
      expect([refused.status, refused.json()]).toMatchObject([403, { code: 'csrf_failed' }]);
    }
    const form = await ada.post('/gw/user/echo', new URLSearchParams({ _csrf: 'x' }), { 'X-CSRF': '' });
    expect(form.status).toBe(403);
    expect((await upstream.figures()).seen).toBe(seen + 1);
  });
});

describe('limits', () => {
  it('refuses a body that is too large, announced or not', async () => {
    const { received } = await upstream.figures();
    const announced = await anonymous.post('/gw/small/echo', 'x'.repeat(1_001));
    expect([announced.status, announced.json()]).toMatchObject([413, { code: 'too_large' }]);
    expect((await upstream.figures()).received).toBe(received);
    const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
    const head =
      'POST /gw/small/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await rawRequest(app.url, `${head}${chunk}0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
    expect((await anonymous.post('/gw/small/echo', 'x'.repeat(1_000))).status).toBe(200);
  });

  it.each([
    ['/hang', 300],
    ['/wait?ms=3000', 300],
  ])('returns 504 in time and names the upstream: %s', async (path, ms) => {
    const startedAt = performance.now();
    const answer = await anonymous.post(`/gw/open${path}`);

    expect([answer.status, answer.json()]).toMatchObject([504, { code: 'upstream_timeout' }]);
    expect(answer.text).toContain('"open"');
    expect(performance.now() - startedAt).toBeLessThan(ms + 2_500);
  });

  it('cuts off a response that stalls or never ends, so that it is not taken for complete', async () => {
    for (const [path, ms] of [
      ['/stall', 300],
      ['/drip', 1_500],
      ['/cut', 50],
    ] as const) {
      const startedAt = performance.now();
      await expect(anonymous.get(`/gw/open${path}`)).rejects.toThrow('terminated');
      expect(performance.now() - startedAt, path).toBeLessThan(ms + 2_500);
    }
  });

  it.each(['/reset', '/garbage', '/forged-length'])('returns 502 and names the upstream: %s', async (path) => {
    const answer = await anonymous.post(`/gw/open${path}`, undefined, { 'Accept-Language': 'zh-CN' });

    expect([answer.status, answer.json()]).toMatchObject([
      502,
      { code: 'upstream_failed', error: expect.stringMatching(/服务/) },
    ]);
    expect(answer.text).toContain('"open"');
  });

  it('refuses more than maxConcurrent requests at once, and none to other upstreams', async () => {
    const waiting = [1, 2].map(() => anonymous.get('/gw/few/wait?ms=250'));
    await until('both are in flight', () => app.services.gateway.find('few')?.inFlight === 2);
    const refused = await anonymous.get('/gw/few/echo');
    expect([refused.status, refused.json()]).toMatchObject([503, { code: 'unavailable' }]);
    expect(refused.headers.get('Retry-After')).toBe('1');
    expect((await anonymous.get('/gw/open/echo')).status).toBe(200);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await anonymous.get('/gw/few/echo')).status).toBe(200);
  });

  it('counts no request as in flight in the end', async () => {
    await until('all is over', () => app.services.gateway.all().every(({ inFlight }) => inFlight === 0));
    const instances = app.services.gateway.all().flatMap((each) => each.instances);
    expect(instances.every(({ inFlight }) => inFlight === 0)).toBe(true);
  });
});
