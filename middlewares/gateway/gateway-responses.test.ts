import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../../tests/support/raw-request.js';
import { startRawUpstream, type RawUpstream } from '../../tests/support/raw-upstream.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { EVERYTHING, writeUpstreams } from '../../tests/support/upstream.js';
import { until } from '../../tests/support/until.js';

let upstream: RawUpstream;
let dir: string;
let app: TestApp;
beforeAll(async () => {
  upstream = await startRawUpstream();
  dir = mkdtempSync(join(tmpdir(), 'allium-answers-'));
  const file = join(dir, 'upstreams.json');
  const timeouts = { headersMs: 300, bodyIdleMs: 2_000 };
  const instances = [upstream.url];
  const open = { instances, allow: EVERYTHING, timeouts };
  const request = { set: { 'X-Forwarded-Host': 'inner', 'X-Tenant': 'acme' }, remove: ['Forwarded'] };
  writeUpstreams(file, {
    open,
    user: { ...open, token: 'user' },
    cached: { ...open, cache: { seconds: 60 } },
    ruled: { ...open, headers: { request } },
  });
  app = await startTestApp({ UPSTREAMS_FILE: file, TRUST_PROXY_HOPS: '1' });
});
afterAll(async () => {
  await app.stop();
  upstream.close();
  rmSync(dir, { recursive: true });
});

const to = (name: string, answer: string) => `/gw/${name}/raw/${Buffer.from(answer, 'latin1').toString('base64url')}`;
const get = (path: string, more = '', method = 'GET') =>
  rawRequest(app.url, `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}\r\n`);
const OK = 'Content-Length: 2\r\n\r\nok';

describe('the response of an upstream', () => {
  it.each([
    ['Content-Type', 'text/plain', 'text/html'],
    ['Vary', 'Accept', 'Origin'],
    ['Cache-Control', 'max-age=5', 'private'],
    ['ETag', '"a"', '"b"'],
  ])('may have %s in two lines, which are joined', async (name, one, two) => {
    for (const upstreamName of ['open', 'cached']) {
      const answer = await get(to(upstreamName, `HTTP/1.1 200 OK\r\n${name}: ${one}\r\n${name}: ${two}\r\n${OK}`));
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).toContain(`${name.toLowerCase()}: ${one}, ${two}`.slice(name.length));
      expect(answer).toMatch(/\r\n\r\nok$/);
    }
  });

  it('loses the headers that Connection names, in one line or two', async () => {
    const answer = await get(
      to('open', `HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: X-Hop\r\nX-Hop: 1\r\n${OK}`),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).not.toMatch(/x-hop/i);
  });

  it('may announce trailers and send none', async () => {
    const chunked = 'Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
    for (const rest of [OK, chunked])
      for (const method of ['GET', 'HEAD'])
        expect(
          await get(to('open', `HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\n${rest}`), '', method),
          `${method} ${rest}`,
        ).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('sends no header as a trailer that it may not send as a header', async () => {
    const trailers = 'Set-Cookie: sid=forged\r\nContent-Security-Policy: x\r\nX-Sum: 1\r\n';
    const answer = await get(
      to('open', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${trailers}\r\n`),
    );
    expect(answer).toMatch(/\r\n0\r\nx-sum: 1\r\n\r\n$/i);
  });

  it.each(['304 Not Modified', '204 No Content'])('%s ends with its head, with any Content-Length', async (status) => {
    const answer = await get(to('open', `HTTP/1.1 ${status}\r\nContent-Length: 1000\r\nETag: "a"\r\n\r\n`));
    expect(answer.startsWith(`HTTP/1.1 ${status}`)).toBe(true);
    expect(answer).toContain('etag: "a"');
    expect(answer.includes('content-length')).toBe(status.startsWith('304')); // RFC 9110 section 8.6
    expect(app.services.gateway.find('open')?.instances[0]?.failures).toBe(0);
  });

  it('may redirect to our origin, which it receives in X-Forwarded-Host; it then leads below its prefix', async () => {
    const host = new URL(app.url).host;
    const answer = await rawRequest(
      app.url,
      `GET ${to('open', `HTTP/1.1 302 Found\r\nLocation: http://${host}/items?a\r\nContent-Length: 0\r\n\r\n`)} HTTP/1.1\r\n` +
        `Host: ${host}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 302 /);
    expect(answer).toContain('Location: /gw/open/items?a\r\n');
  });

  it('may take long after the body has arrived, if it began before that', async () => {
    const socket = await import('node:net').then(({ connect }) => connect(Number(new URL(app.url).port), '127.0.0.1'));
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    const path = to('open', 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 0\n\n');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nab`);
    await until('it has begun', () => answer.includes('data: 0'));
    socket.write('cd');
    const begunAt = performance.now();
    await until('more than headersMs has passed', () => performance.now() - begunAt > 600);
    expect(socket.destroyed || socket.readableEnded).toBe(false);
    expect(app.services.gateway.find('open')?.inFlight).toBe(1);
    socket.destroy();
    await until('all is over', () => app.services.gateway.find('open')?.inFlight === 0);
  });
});

describe('the request that an upstream receives', () => {
  const lastOf = async (name: string, headers: string) => {
    await get(to(name, `HTTP/1.1 200 OK\r\n${OK}`), headers);
    return upstream.received.at(-1) ?? '';
  };

  it.each([
    'X-HTTP-Method-Override: DELETE',
    'X-HTTP-Method: DELETE',
    'X-Method-Override: DELETE',
    'X-Original-URL: /admin',
    'X-Rewrite-URL: /admin',
  ])('contains no header that would make it another request than was allowed: %s', async (header) => {
    expect(await lastOf('open', `${header}\r\n`)).not.toContain(header.split(': ')[1]);
  });

  it('names no protocol that a client invented', async () => {
    const sent = await lastOf('open', 'X-Forwarded-Proto: https";by="evil\r\n');
    expect(sent).toContain('x-forwarded-proto: http');
    expect(sent).not.toContain('evil');
  });

  it('has each header that the declaration sets once, and none of ours that it removes', async () => {
    const sent = await lastOf('ruled', '');
    expect(sent.match(/^x-forwarded-host: .*$/gm)).toEqual(['x-forwarded-host: inner\r'].map((line) => line.trim()));
    expect(sent).toContain('x-tenant: acme');
    expect(sent).not.toContain('\r\nforwarded:');
  });
});

describe('a cached response', () => {
  it('depends on the headers that the upstream received, not on what the client claims', async () => {
    const path = to('cached', `HTTP/1.1 200 OK\r\nVary: X-Forwarded-For\r\n${OK}`);
    const before = upstream.received.length;
    await get(path, 'X-Forwarded-For: 192.0.2.1\r\n');
    await get(path, 'X-Forwarded-For: 192.0.2.2\r\n');
    expect(upstream.received.length - before).toBe(2);
    expect(await get(path, 'X-Forwarded-For: 9.9.9.9, 192.0.2.2\r\n')).toContain('X-Cache: hit');
  });

  it('is never that of a request with a body, nor one that varies by everything', async () => {
    const path = to('cached', `HTTP/1.1 200 OK\r\nX-For: 1\r\n${OK}`);
    await rawRequest(
      app.url,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4\r\n\r\nevil`,
    );
    expect(await get(path)).toContain('X-Cache: miss');
    const varied = to('cached', `HTTP/1.1 200 OK\r\nVary: Accept, *\r\n${OK}`);
    await get(varied);
    expect(await get(varied)).toContain('X-Cache: miss');
  });
});

describe('a response that takes long', () => {
  const stream = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 0\n\n';
  const download = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun';

  it.each([stream, download])('is cut off when its client signs out', async (answer) => {
    const name = `ada${answer.length}`;
    const [ada, bea] = await Promise.all([app.member(name), app.member(`bea${answer.length}`)]);
    const cookiesOf = ({ cookies }: typeof ada) => [...cookies].map((pair) => pair.join('=')).join('; ');
    const open = async (client: typeof ada) => {
      const response = await fetch(app.url + to('user', answer), { headers: { Cookie: cookiesOf(client) } });
      const reader = response.body?.getReader();
      await reader?.read();
      return reader;
    };
    const [hers, others] = [await open(ada), await open(bea)];
    const ended = hers?.read().catch((error: unknown) => error); // it may end before the sign-out is answered
    await ada.post('/api/auth/logout');
    expect(await ended).toMatchObject({ message: 'terminated' });
    expect(app.services.gateway.find('user')?.inFlight).toBe(1);
    await others?.cancel();
  });

  it('does not delay a stop if it is an event stream', async () => {
    const second = await startTestApp({ UPSTREAMS_FILE: join(dir, 'upstreams.json') });
    const response = await fetch(second.url + to('open', stream));
    await response.body?.getReader().read();
    const stoppedAt = performance.now();
    expect(await second.stop()).toBe(true);
    expect(performance.now() - stoppedAt).toBeLessThan(4_000);
  });
});

it('refuses an ambiguous path in the same way for upstreams that exist and those that do not', async () => {
  const refusals = await Promise.all(['open', 'unknown'].map((name) => get(`/gw/${name}/../x`)));
  for (const refusal of refusals) expect(refusal).toMatch(/^HTTP\/1\.1 400 /);
});
