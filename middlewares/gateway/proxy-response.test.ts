import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { EVERYTHING, writeUpstreams } from '../../tests/support/upstream.js';

/** An upstream that sends the bytes in the path. */
let upstream: Server;
let dir: string;
let apps: Record<'http' | 'https', TestApp>;
const connections = new Set<Socket>();
beforeAll(async () => {
  upstream = createServer((socket) => {
    connections.add(socket.on('error', () => {}).on('close', () => connections.delete(socket)));
    socket.on('data', (chunk) => {
      const [, wanted] = /^GET \/raw\/([\w-]+)/.exec(chunk.toString('latin1')) ?? [];
      if (wanted !== undefined) socket.write(Buffer.from(wanted, 'base64url'));
    });
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  dir = mkdtempSync(join(tmpdir(), 'allium-proxied-'));
  const file = join(dir, 'upstreams.json');
  const response = { pass: ['set-cookie'], remove: ['X-Gone'], set: { 'X-Ours': 'ours' } };
  const instances = [`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`];
  writeUpstreams(file, { ruled: { instances, allow: EVERYTHING, headers: { response } } });
  apps = {
    http: await startTestApp({ UPSTREAMS_FILE: file }),
    https: await startTestApp({ UPSTREAMS_FILE: file, PUBLIC_URL: 'https://allium.example' }),
  };
});
afterAll(async () => {
  await Promise.all(Object.values(apps).map((app) => app.stop()));
  for (const socket of connections) socket.destroy();
  upstream.close();
  rmSync(dir, { recursive: true });
});

function get(scheme: 'http' | 'https', answer: string): Promise<string> {
  const path = `/gw/ruled/raw/${Buffer.from(answer, 'latin1').toString('base64url')}`;
  const host = scheme === 'http' ? 'localhost' : 'allium.example';
  return rawRequest(apps[scheme].url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
}

describe.each(['http', 'https'] as const)('a cookie of an upstream, if clients use %s', (scheme) => {
  const cookiesFrom = async (...cookies: string[]) => {
    const lines = cookies.map((cookie) => `Set-Cookie: ${cookie}\r\n`).join('');
    const answer = await get(scheme, `HTTP/1.1 200 OK\r\n${lines}Content-Length: 2\r\n\r\nok`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    return [...answer.matchAll(/^set-cookie: (.*)\r$/gim)].map(([, cookie]) => cookie);
  };
  const OURS = ['sid', 'device'].flatMap((name) => [name, `${name}.sig`]);

  it.each([
    ...OURS.flatMap((name) => [`${name}=evil`, `${name} \t=evil; Path=/`, `\t${name} =evil`, `${name}; Path=/`]),
    ...OURS.flatMap((name) => [`__Host-Http-${name}=evil`, `__host-HTTP-${name} =evil; Path=/; Secure`]),
    '=sid=evil; Path=/', // without a name it is sent back as `sid=evil`
    ' = sid=evil',
    'sid.sig',
    '; sid=evil',
  ])('stops if a browser would send it back as one of ours: %j', async (cookie) => {
    expect(await cookiesFrom(cookie, 'theirs=1; Path=/')).toEqual(['theirs=1; Path=/']);
  });

  it('passes if it has another name', async () => {
    const theirs = [
      'theirs=sid=1; Path=/',
      'SID=1',
      'sid2=1',
      'xsid=1',
      'sid.other=1',
      '__Host-theirs=1; Secure',
      'e=',
    ];
    expect(await cookiesFrom(...theirs)).toEqual(theirs);
  });
});

describe('a trailer of an upstream', () => {
  const trailersFrom = async (name: string, head = '') => {
    const sent = `X-Sum: 1\r\n${name}: evil\r\n`;
    const answer = await get(
      'http',
      `HTTP/1.1 200 OK\r\n${head}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${sent}\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    return answer.slice(answer.indexOf('\r\n0\r\n') + 5);
  };

  it.each(['X-Gone', 'X-Ours'])('stops if the declaration removes or sets that header: %s', async (name) => {
    expect(await trailersFrom(name)).toBe('x-sum: 1\r\n\r\n');
  });

  it('stops if Connection names it', async () => {
    expect(await trailersFrom('X-Hop', 'Connection: keep-alive, X-Hop\r\n')).toBe('x-sum: 1\r\n\r\n');
  });

  it.each(
    `Cache-Control Expires Age Vary ETag Last-Modified Date Pragma Warning Retry-After Allow Accept-Ranges Range Host
    If-Match Max-Forwards Expect Authorization Cookie Set-Cookie WWW-Authenticate Content-Type Content-Range
 Via Cache-Status Surrogate-Key`.split(/\s+/),
  )('stops if RFC 9110 section 6.5.1 wants it before the body: %s', async (name) => {
    expect(await trailersFrom(name)).toBe('x-sum: 1\r\n\r\n');
  });

  it.each(['X-Total', 'Server-Timing', 'Repr-Digest', 'Grpc-Status'])('passes otherwise: %s', async (name) => {
    expect(await trailersFrom(name)).toBe(`x-sum: 1\r\n${name.toLowerCase()}: evil\r\n\r\n`);
  });
});
