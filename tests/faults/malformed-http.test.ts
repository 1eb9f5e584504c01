import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browser } from '../support/client.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';

/** Longer than the server's own limits on how long a request may take to arrive: 15 s for headers, 60 s for all. */
const CLOSED_MS = 75_000;

const HOST = 'Host: localhost\r\n';
const JSON_POST = `POST /api/auth/login HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`;

describe('an incomplete HTTP request', () => {
  let dir: string;
  let server: ServerProcess;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'allium-http-'));
    server = await startServerProcess({ DATA_DIR: dir });
  });
  afterAll(async () => {
    await server.stop('SIGKILL');
    rmSync(dir, { recursive: true });
  });

  it.each([
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['an unknown version', `GET / HTTP/9.9\r\n${HOST}\r\n`, 400],
    ['a header without a name', `GET / HTTP/1.1\r\n${HOST}: x\r\n\r\n`, 400],
    ['a header with a line feed of its own', `GET / HTTP/1.1\r\n${HOST}X-A: a\nb: c\r\n d\r\n\r\n`, 400],
    ['a control character in a header', `GET / HTTP/1.1\r\n${HOST}X-A: a\x00b\r\n\r\n`, 400],
    ['headers of 64 KB', `GET / HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(65_536)}\r\n\r\n`, 431],
    ['an address of 64 KB', `GET /${'a'.repeat(65_536)} HTTP/1.1\r\n${HOST}\r\n`, 431],
    ['two lengths', `${JSON_POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400],
    [
      'a length and chunks, as in request smuggling',
      `${JSON_POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
      400,
    ],
    ['a negative length', `${JSON_POST}Content-Length: -1\r\n\r\n`, 400],
    ['a chunk of no size', `${JSON_POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`, 400],
    ['an unknown transfer encoding', `${JSON_POST}Transfer-Encoding: gzip\r\n\r\n{}`, 400],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['half a JSON text', `${JSON_POST}Content-Length: 1\r\nConnection: close\r\n\r\n{`, 400],
  ])('is refused with a status of its own: %s', async (_name, bytes, status) => {
    const answer = await exchange(bytes);

    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: expect.any(String), code: expect.stringMatching(/^[a-z_]+$/) });
    expect(answer.body).toHaveProperty('requestId');
    expect(await stillServes()).toBe(true);
  });

  it('costs nothing when the client hangs up: after half the headers, half the body, or before the answer', async () => {
    for (const bytes of [
      'GET / HT',
      `GET / HTTP/1.1\r\n${HOST}X-A: b`,
      `${JSON_POST}Content-Length: 1000\r\n\r\n{"username":`,
      `${JSON_POST}Transfer-Encoding: chunked\r\n\r\n5\r\n{"use`,
      `GET /api/users HTTP/1.1\r\n${HOST}\r\n`.repeat(50),
    ]) {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => open(bytes)));
      for (const socket of sockets) socket.destroy();
      const reset = await open(bytes);
      reset.resetAndDestroy();
    }
    expect(await stillServes()).toBe(true);
  });

  it('is closed after a while when the rest never comes, while others are served', { timeout: 90_000 }, async () => {
    const slow = [
      exchange(''), // a connection without a word
      exchange('GET / HTTP/1.1\r\n'),
      exchange(`${JSON_POST}Content-Length: 1000\r\n\r\n{"username":`),
      drip(`GET / HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(10_000)}`), // a byte now and then, as "slow loris" does
    ];
    const idle = await Promise.all(Array.from({ length: 200 }, () => open('GET / HTTP/1.1\r\nX-A: ')));

    expect(await stillServes()).toBe(true);
    const [silent, headers, body, dripped] = await Promise.all(slow);
    for (const socket of idle) socket.destroy();

    expect(silent?.status).toBeOneOf([0, 408]);
    for (const answer of [headers, body, dripped]) {
      expect(answer?.status).toBe(408);
      expect(answer?.body).toMatchObject({ error: expect.any(String), code: expect.any(String) });
    }
    expect(await stillServes()).toBe(true);
  });

  it('is not logged as an error of ours', () => {
    const lines = server.output().split('\n');
    expect(lines.filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
  });

  async function stillServes(): Promise<boolean> {
    return (await browser(server.url).get('/readyz')).status === 200;
  }

  async function open(bytes: string) {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {}); // a disconnect is one of the expected outcomes
    await once(socket, 'connect');
    socket.write(bytes, 'latin1');
    return socket;
  }

  /** Sends these bytes and waits until the server has closed the connection. */
  async function exchange(bytes: string) {
    return answerOn(await open(bytes));
  }

  async function drip(bytes: string) {
    const socket = await open('');
    let sent = 0;
    const timer = setInterval(() => socket.write(bytes[(sent += 1) - 1] ?? 'a'), 50);
    const answer = await answerOn(socket);
    clearInterval(timer);
    return answer;
  }

  async function answerOn(socket: Awaited<ReturnType<typeof open>>) {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    if (!socket.closed) await once(socket, 'close', { signal: AbortSignal.timeout(CLOSED_MS) });
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
    const [, json = 'null'] = /\r\n\r\n(?:[\da-f]+\r\n)?(\{.*\})/s.exec(text) ?? [];
    return { status, body: JSON.parse(json) as unknown };
  }
});
