import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../../tests/support/raw-request.js';
import { startRawUpstream, type RawUpstream } from '../../tests/support/raw-upstream.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { EVERYTHING, writeUpstreams } from '../../tests/support/upstream.js';

let upstream: RawUpstream;
let dir: string;
let app: TestApp;
beforeAll(async () => {
  upstream = await startRawUpstream();
  dir = mkdtempSync(join(tmpdir(), 'allium-values-'));
  const instances = [upstream.url];
  const open = { instances, allow: EVERYTHING, websocket: true, headers: { response: { pass: ['set-cookie'] } } };
  const quiet = { ejection: { consecutiveFailures: 1_000_000, failurePercent: 100 }, breaker: { failurePercent: 100 } };
  const file = join(dir, 'upstreams.json');
  writeUpstreams(file, {
    open: { ...open, ...quiet },
    cached: { ...open, ...quiet, cache: { seconds: 60 } },
  });
  app = await startTestApp({ UPSTREAMS_FILE: file });
});
afterAll(async () => {
  await app.stop();
  upstream.close();
  rmSync(dir, { recursive: true });
});

const to = (name: string, answer: string, bytes = 0) =>
  `/gw/${name}/raw/${Buffer.from(answer, 'latin1').toString('base64url')}/${bytes}`;
const get = (path: string, more = '') =>
  rawRequest(
    app.url,
    Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}\r\n`, 'latin1'),
    'latin1',
  );
const headOf = (answer: string) => answer.slice(0, answer.indexOf('\r\n\r\n') + 2);
const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
const LATIN1 = Array.from({ length: 128 }, (_, index) => String.fromCharCode(128 + index)).join('');

/** Code points that end in the bytes of CR and LF, and bytes above ASCII. */
const VALUES: [kind: string, value: string][] = [
  ['UTF-8 that ends in 0D 0A', utf8('attachment; filename="嘍嘊Set-Cookie: sid=evil嘍嘊X-Forged: 1"')],
  ['UTF-8 of two bytes', utf8('attachment; filename="čĊSet-Cookie: sid=evilčĊX-Forged: 1"')],
  ['UTF-8 outside quotes', utf8('嘍嘊Set-Cookie: sid=evil嘍嘊嘍嘊<script>')],
  ['Latin-1', `attachment; filename="${LATIN1}.txt"`],
];

/** A body is small, large, of unknown length or cached; Node treats values differently by what it knows of the length. */
const FORMS: [form: string, ask: (header: string) => Promise<string>][] = [
  ['a length before it', (header) => get(to('open', `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${header}\r\nok`))],
  ['a length after it', (header) => get(to('open', `HTTP/1.1 200 OK\r\n${header}Content-Length: 2\r\n\r\nok`))],
  ['a large length', (h) => get(to('open', `HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n${h}\r\n`, 200_000))],
  [
    'chunks',
    (header) => get(to('open', `HTTP/1.1 200 OK\r\n${header}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`)),
  ],
  [
    'a cache entry',
    async (header) => {
      const path = to('cached', `HTTP/1.1 200 OK\r\n${header}Content-Length: 2\r\n\r\nok`);
      await get(path);
      return get(path);
    },
  ],
];

/** Registered response fields, and unregistered names. */
const NAMES = `accept-ranges age allow cache-control cache-status content-digest content-disposition content-encoding
  content-language content-range content-type date deprecation digest etag expires last-modified pragma
  preference-applied ratelimit ratelimit-policy repr-digest retry-after server-timing set-cookie sunset vary via warning
  x-robots-tag x-total-count x-custom link location content-location refresh sourcemap server`.split(/\s+/);

describe.each(VALUES)('a header of an upstream that holds %s', (_kind, value) => {
  it.each(FORMS)('is ASCII beside %s, and no second header', async (_form, ask) => {
    for (const name of NAMES) {
      const answer = await ask(`${name}: ${value}\r\n`);
      const head = headOf(answer);
      expect(head, name).toMatch(/^HTTP\/1\.1 (?:200|304) /);
      expect(head, name).toMatch(/^[\r\n\t\x20-\x7e]*$/);
      expect(head, name).not.toMatch(/^(?:x-forged|set-cookie: sid)/im);
      expect(answer.slice(head.length), name).not.toContain('<script>');
    }
  });

  it('is ASCII in trailers and in the handshake of a WebSocket', async () => {
    const trailers = await get(
      to('open', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: ${value}\r\n\r\n`),
    );
    expect(trailers).toMatch(/\r\n0\r\nx-sum: /i);
    const handshake = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
    const upgraded = await upgrade(to('open', `${handshake}Sec-WebSocket-Protocol: ${value}\r\n\r\n`));
    expect(upgraded).toMatch(/^HTTP\/1\.1 101 /);
    for (const answer of [trailers, upgraded]) {
      expect(answer).toMatch(/^[\r\n\t\x20-\x7e]*$/);
      expect(answer).not.toMatch(/^(?:x-forged|set-cookie: sid)/im);
    }
  });

  it('is ASCII when an upstream receives it from a client', async () => {
    await get(to('open', `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`), `User-Agent: ${value}\r\n`);
    expect(upstream.received.at(-1)).toMatch(/^user-agent: .*%/m);
    expect(upstream.received.at(-1)).toMatch(/^[\r\n\t\x20-\x7e]*$/);
  });
});

/** Returns the head of the response to a handshake, and closes the connection. */
async function upgrade(path: string): Promise<string> {
  const { connect } = await import('node:net');
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1').setEncoding('latin1');
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const [head] = (await once(socket, 'data')) as [string];
  socket.destroy();
  return head;
}

describe('the file name of an upstream', () => {
  const dispositionOf = async (value: string) =>
    /^content-disposition: (.*)\r$/im.exec(
      await get(to('open', `HTTP/1.1 200 OK\r\nContent-Disposition: ${value}\r\nContent-Length: 2\r\n\r\nok`)),
    )?.[1];

  it.each([
    [
      'attachment; filename="报告 2026.pdf"',
      `attachment; filename="?? 2026.pdf"; filename*=UTF-8''%E6%8A%A5%E5%91%8A%202026.pdf`,
    ],
    ['inline; filename=café.txt', `inline; filename="caf?.txt"; filename*=UTF-8''caf%C3%A9.txt`],
    [
      `attachment; filename="x.txt"; filename*=UTF-8''%E6%8A%A5.txt`,
      `attachment; filename="x.txt"; filename*=UTF-8''%E6%8A%A5.txt`,
    ],
    ['attachment; filename="plain.txt"', 'attachment; filename="plain.txt"'],
    ['附件; filename="x.txt"', 'attachment; filename=x.txt'],
    ['a b; filename="é"', `attachment; filename="?"; filename*=UTF-8''%C3%A9`],
  ])('stays readable: %s', async (sent, expected) => {
    expect(await dispositionOf(utf8(sent))).toBe(expected);
  });

  it('is read as Latin-1 if it is not UTF-8', async () => {
    expect(await dispositionOf('attachment; filename="caf\xe9.txt"')).toBe(
      `attachment; filename="caf?.txt"; filename*=UTF-8''caf%C3%A9.txt`,
    );
  });
});

it('keeps other values of an upstream readable as percent-encoding', async () => {
  const answer = await get(
    to('open', utf8('HTTP/1.1 201 Created\r\nX-Title: 报 é\r\nLocation: /报?é\r\nContent-Length: 0\r\n\r\n')),
  );
  expect(answer).toContain('\r\nx-title: %E6%8A%A5 %C3%A9\r\n');
  expect(answer).toContain('\r\nLocation: /gw/open/%E6%8A%A5?%C3%A9\r\n');
});
