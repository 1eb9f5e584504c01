import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { residentMb } from '../support/children.js';
import { program } from '../support/client.js';
import { outcomes, percentile, startLoad } from '../support/load.js';
import { rawRequest } from '../support/raw-request.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import {
  EVERYTHING,
  startUpstream,
  writeUpstreams,
  type UpstreamOptions,
  type UpstreamProcess,
} from '../support/upstream.js';
import { until } from '../support/until.js';

let dir: string;
let server: ServerProcess;
const services: UpstreamProcess[] = [];

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'allium-gateway-'));
});
afterEach(async () => {
  await server.stop('SIGKILL');
  await Promise.all(services.splice(0).map((service) => service.stop()));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function service(options: UpstreamOptions = {}): Promise<UpstreamProcess> {
  const started = await startUpstream(options);
  services.push(started);
  return started;
}

async function serve(upstreams: Record<string, object>, env: Record<string, string> = {}): Promise<string> {
  const file = join(dir, 'upstreams.json');
  writeUpstreams(file, upstreams);
  server = await startServerProcess({ DATA_DIR: join(dir, 'data'), UPSTREAMS_FILE: file, ...env });
  return server.url;
}
const at = (...found: UpstreamProcess[]) => found.map(({ url }) => url);

describe('under load', () => {
  it('loses less than 1 in 1,000 requests when one of three instances is killed', async () => {
    const three = await Promise.all(['a', 'b', 'c'].map((name) => service({ name })));
    const url = await serve({ shop: { instances: at(...three), allow: EVERYTHING } });
    const load = startLoad(url, { path: '/gw/shop/items', connections: 20, keepAlive: true });
    await until('it runs', () => load.sent.length > 3_000);
    three[1]?.signal('SIGKILL');
    const killedAt = load.sent.length;
    await until('it goes on', () => load.sent.length > killedAt + 5_000, { withinMs: 60_000 });
    const sent = await load.stop();

    const failed = sent.filter(({ outcome }) => outcome !== 200).length;
    process.stderr.write(
      `one of three killed: ${failed} of ${sent.length} failed, p99 ${percentile(sent, 0.99).toFixed(1)} ms\n`,
    );
    expect(failed / sent.length).toBeLessThan(0.001);
  });

  it('leaves one out that accepts and never answers', async () => {
    const [good, silent] = [await service(), await service({ mode: 'silent' })];
    const url = await serve({ shop: { instances: at(good, silent), allow: EVERYTHING, timeouts: { headersMs: 300 } } });
    const load = startLoad(url, { path: '/gw/shop/items', connections: 10, keepAlive: true });
    await until('it runs', () => load.sent.length > 3_000, { withinMs: 60_000 });
    const sent = await load.stop();

    expect(outcomes(sent)).toEqual({ 200: sent.length });
    expect(Math.max(...sent.map(({ ms }) => ms))).toBeLessThan(1_500);
    const late = sent.slice(-1_000).filter(({ ms }) => ms > 250).length;
    expect(late).toBeLessThan(10);
  });

  it('answers all, although one request in ten is refused', async () => {
    const pair = [await service(), await service()];
    const url = await serve({ shop: { instances: at(...pair), allow: EVERYTHING } });
    const load = startLoad(url, { path: '/gw/shop/sometimes', connections: 5, keepAlive: true });
    await until('it runs', () => load.sent.length > 3_000, { withinMs: 60_000 });
    const sent = await load.stop();

    const failed = sent.filter(({ outcome }) => outcome !== 200).length;
    process.stderr.write(`one in ten refused: ${failed} of ${sent.length} failed\n`);
    expect(failed / sent.length).toBeLessThan(0.02);
  });

  it('lets one dead service take nothing from the others', async () => {
    const [good, silent] = [await service(), await service({ mode: 'silent' })];
    const url = await serve({
      good: { instances: at(good), allow: EVERYTHING },
      dead: {
        instances: at(silent),
        allow: EVERYTHING,
        maxConcurrent: 20,
        timeouts: { headersMs: 1_000 },
        ejection: { consecutiveFailures: 1_000 },
      },
    });
    const dead = startLoad(url, { path: '/gw/dead/x', connections: 100, keepAlive: true, pauseMs: 20 });
    await until('it is busy', () => dead.sent.some(({ outcome }) => outcome === 503));
    const load = startLoad(url, { path: '/gw/good/items', connections: 5, keepAlive: true });
    await until('it runs', () => load.sent.length > 1_000, { withinMs: 60_000 });
    const [sent, refused] = [await load.stop(), await dead.stop()];

    expect(outcomes(sent)).toEqual({ 200: sent.length });
    expect(Object.keys(outcomes(refused)).toSorted()).toEqual(['503', '504']);
    expect(Math.max(...refused.map(({ ms }) => ms))).toBeLessThan(2_500);
  });
});

describe('an unreachable upstream', () => {
  it('gets an error response at once or at its timeout', async () => {
    const [good, silent, full] = [await service(), await service({ mode: 'silent' }), await service({ backlog: 1 })];
    full.signal('SIGSTOP');
    const waiting = Array.from({ length: 8 }, () => connect(full.port, '127.0.0.1').on('error', () => {})); // no room is left
    const url = await serve({
      down: { instances: ['http://127.0.0.1:1', 'http://127.0.0.1:2'], allow: EVERYTHING },
      silent: { instances: at(silent), allow: EVERYTHING, timeouts: { headersMs: 400, totalMs: 600 } },
      slow: { instances: at(good), allow: EVERYTHING, timeouts: { headersMs: 1_000 } },
      patient: { instances: at(good), allow: EVERYTHING, timeouts: { headersMs: 8_000 } },
      full: { instances: at(full), allow: EVERYTHING, timeouts: { connectMs: 300 } },
      nameless: { instances: ['http://no-such-host.invalid:9'], allow: EVERYTHING },
    });
    const client = program(url);
    const cases: [string, number[], number][] = [
      ['/gw/down/x', [502, 503], 1_000],
      ['/gw/silent/x', [504], 1_400],
      ['/gw/slow/slow', [504], 2_000],
      ['/gw/patient/slow', [200], 7_000],
      ['/gw/full/x', [504], 2_000],
      ['/gw/nameless/x', [502], 2_000],
    ];
    for (const [path, statuses, withinMs] of cases) {
      const startedAt = performance.now();
      const answer = await client.get(path);
      expect(statuses, path).toContain(answer.status);
      expect(performance.now() - startedAt, path).toBeLessThan(withinMs);
      expect(answer.text, path).toContain(answer.status === 200 ? 'slow' : `"path":"${path.split('/')[2]}"`);
    }
    expect((await client.get('/livez')).status).toBe(200);
    for (const socket of waiting) socket.destroy();
  });

  it('recovers by itself', async () => {
    const first = await service();
    const url = await serve({
      shop: { instances: at(first), allow: EVERYTHING, breaker: { openMs: 300 }, ejection: { openMs: 300 } },
    });
    await first.stop();
    for (let time = 0; time < 30; time += 1)
      expect([502, 503]).toContain((await program(url).get('/gw/shop/x')).status);
    await service({ port: first.port });
    await until('it is asked again', async () => (await program(url).get('/gw/shop/x')).status === 200);
  });

  it('is refused with a wrong certificate, and by a name that resolves to a private address', async () => {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '1',
        '-subj',
        '/CN=elsewhere.example',
        '-keyout',
        join(dir, 'key.pem'),
        '-out',
        join(dir, 'cert.pem'),
      ],
      { stdio: 'ignore' },
    );
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(dir, name), 'utf8')) as [
      string,
      string,
    ];
    const [tls, plain] = [await service({ mode: 'https', key, cert }), await service()];
    // Its own name is one that leads to an address of the machine, and that is not `localhost`.
    const host = execFileSync('hostname', { encoding: 'utf8' }).trim();
    const url = await serve({
      tls: { instances: at(tls), allow: EVERYTHING },
      inside: { instances: [`http://${host}:${plain.port}`], allow: EVERYTHING },
      local: { instances: [`http://localhost:${plain.port}`], allow: EVERYTHING },
    });
    const refused = await program(url).get('/gw/tls/echo');
    expect([refused.status, refused.json()]).toMatchObject([502, { code: 'upstream_failed' }]);
    expect((await program(url).get('/gw/inside/echo')).status).toBe(502);
    expect((await plain.figures()).seen).toBe(1); // this question
    await until('it is logged', () => server.output().includes('refused a forbidden address of an upstream'));
    expect((await program(url).get('/gw/local/echo')).status).toBe(200);
  });
});

describe('a gigabyte', () => {
  const GIGABYTE = 2 ** 30;

  it('passes in flat memory, both ways', { timeout: 170_000 }, async () => {
    const upstream = await service();
    const url = await serve({
      big: { instances: at(upstream), allow: EVERYTHING, maxBodyBytes: 2 * GIGABYTE, timeouts: { totalMs: 120_000 } },
    });
    await program(url).get('/gw/big/bytes?n=10000000');
    const idle = residentMb(server.pid);
    let most = 0;
    const watching = setInterval(() => (most = Math.max(most, residentMb(server.pid))), 20);

    const down = await fetch(`${url}/gw/big/bytes?n=${GIGABYTE}`);
    let bytes = 0;
    for await (const chunk of down.body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length;
    expect(bytes).toBe(GIGABYTE);
    const afterDown = most;

    const block = Buffer.alloc(65_536, 'y');
    const blocks = function* () {
      for (let sent = 0; sent < GIGABYTE; sent += block.length) yield block;
    };
    const up = request(`${url}/gw/big/echo`, { method: 'POST' });
    Readable.from(blocks()).pipe(up);
    const [answer] = (await once(up, 'response')) as [NodeJS.ReadableStream];
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    clearInterval(watching);

    expect(JSON.parse(text)).toMatchObject({ bytes: GIGABYTE });
    process.stderr.write(`1 GB: ${idle} MB idle, at most ${afterDown} MB down, ${most} MB up\n`);
    expect(most - idle).toBeLessThanOrEqual(80);
  });

  it('is held up by a client that does not read', async () => {
    const upstream = await service();
    const url = await serve({ big: { instances: at(upstream), allow: EVERYTHING, timeouts: { totalMs: 3_000 } } });
    await program(url).get('/gw/big/bytes?n=10000000');
    const idle = residentMb(server.pid);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.pause();
    socket.on('error', () => {});
    socket.write(`GET /gw/big/bytes?n=${GIGABYTE} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await until('it is given up', async () => (await upstream.figures()).aborted === 1);
    expect(residentMb(server.pid) - idle).toBeLessThan(40);
    socket.destroy();
    expect((await program(url).get('/gw/big/echo')).status).toBe(200); // and no instance is marked as failed
  });
});

describe('an ambiguous message', () => {
  const HEAD = 'POST /gw/shop/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n';
  const SECOND = 'GET /gw/shop/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const chunked = 'Transfer-Encoding: chunked\r\n';

  it('is refused, and nothing of it reaches the upstream', async () => {
    const upstream = await service();
    const url = await serve({ shop: { instances: at(upstream), allow: EVERYTHING } });
    const cases: [string, string, number][] = [
      ['CL.TE', `${HEAD}Content-Length: ${6 + SECOND.length}\r\n${chunked}\r\n0\r\n\r\n${SECOND}`, 400],
      ['TE.CL', `${HEAD}${chunked}Content-Length: 4\r\n\r\n5c\r\n${SECOND}\r\n0\r\n\r\n`, 400],
      ['two lengths', `${HEAD}Content-Length: 0\r\nContent-Length: ${SECOND.length}\r\n\r\n${SECOND}`, 400],
      ['a length with a sign', `${HEAD}Content-Length: +4\r\n\r\nabcd`, 400],
      ['TE.TE', `${HEAD}${chunked}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n`, 400],
      ['a coding before chunked', `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 400],
      ['chunked with a tab', `${HEAD}Transfer-Encoding:\tchunked, identity\r\n\r\n0\r\n\r\n`, 400],
      ['space before the colon', `${HEAD}Content-Length : 4\r\n\r\nabcd`, 400],
      ['a folded header', `${HEAD}X-A: a\r\n b\r\nContent-Length: 0\r\n\r\n`, 400],
      ['a bare line feed', `${HEAD}X-A: a\nX-B: b\r\nContent-Length: 0\r\n\r\n`, 400],
      ['a header that ends in NUL', `${HEAD}X-A: a\0\r\nContent-Length: 0\r\n\r\n`, 400],
      ['a name with a space', `${HEAD}X A: a\r\nContent-Length: 0\r\n\r\n`, 400],
      ['oversize headers', `${HEAD}X-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
      ['an oversize target', `GET /gw/shop/${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
      ['a line break in the target', `GET /gw/shop/a\rb HTTP/1.1\r\nHost: localhost\r\n\r\n`, 400],
      ['absolute form', `GET ${upstream.url}/gw/shop/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`, 400],
      ['authority form', `CONNECT 127.0.0.1:${upstream.port} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 400],
      ['authority form with GET', `GET 127.0.0.1:${upstream.port} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 400],
      ['no host', `GET /gw/shop/x HTTP/1.1\r\nConnection: close\r\n\r\n`, 400],
    ];
    for (const [name, bytes, status] of cases) {
      const answer = await rawRequest(url, bytes, 'latin1');
      expect(answer, name).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer.match(/HTTP\/1\.1 \d/g), name).toHaveLength(1);
    }
    expect((await upstream.figures()).seen).toBe(1); // this question
  });

  it('is aborted if the ambiguity shows only later', async () => {
    const upstream = await service();
    const url = await serve({ shop: { instances: at(upstream), allow: EVERYTHING } });
    for (const size of ['zz', '-1', '0x5', 'fffffffffffffffff', '5 ']) {
      const answer = await rawRequest(url, `${HEAD}${chunked}\r\n${size}\r\nabcde\r\n0\r\n\r\n${SECOND}`);
      expect(answer, size).toMatch(/^HTTP\/1\.1 400 /);
    }
    await until('no request is whole', async () => (await program(url).get('/gw/shop/echo')).status === 200);
    expect(server.output()).not.toMatch(/"level":(50|60)/);
  });
});
