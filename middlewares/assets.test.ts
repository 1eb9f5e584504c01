import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../app/project-root.js';
import { rawRequest } from '../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

const built = readdirSync(join(PROJECT_ROOT, 'public/assets'));
const compressed = built.find((name) => name.endsWith('.js') && built.includes(`${name}.br`)) ?? '';
const path = `/assets/${compressed}`;
const content = readFileSync(join(PROJECT_ROOT, 'public', path));

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** Headers and body as they come over the wire: fetch would decompress them. */
async function rawAnswer(request: string): Promise<{ head: string; body: Buffer }> {
  const bytes = Buffer.from(await rawRequest(app.url, request, 'latin1'), 'latin1');
  const end = bytes.indexOf('\r\n\r\n');
  return { head: bytes.subarray(0, end).toString(), body: bytes.subarray(end + 4) };
}
const get = (target: string, headers = '') =>
  rawAnswer(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`);

async function etag(): Promise<string> {
  return (await app.program().get(path)).headers.get('ETag') ?? '';
}

describe('a built file', () => {
  it('may be cached for ever, since its name changes with its content', async () => {
    const { headers, text } = await app.program().get(path);

    expect(headers.get('Cache-Control')).toMatch(/max-age=31536000.*immutable/);
    expect(headers.get('Content-Type')).toMatch(/javascript/);
    expect(text).toBe(content.toString());
  });

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('is sent as it was compressed with %s, with its length', async (encoding, decompress) => {
    const { head, body } = await get(path, `Accept-Encoding: ${encoding}\r\n`);

    expect(head).toMatch(new RegExp(`^Content-Encoding: ${encoding}$`, 'im'));
    expect(head).toMatch(new RegExp(`^Content-Length: ${body.length}$`, 'im'));
    expect(head).toMatch(/^Vary: .*Accept-Encoding/im);
    expect(head).toMatch(/^Content-Type: .*javascript/im);
    expect(decompress(body)).toEqual(content);
  });

  it('prefers brotli where both are taken', async () => {
    expect((await get(path, 'Accept-Encoding: gzip, deflate, br, zstd\r\n')).head).toMatch(/^Content-Encoding: br$/im);
  });

  it('is sent plain to a client that takes nothing else', async () => {
    const { head, body } = await get(path, 'Accept-Encoding: identity\r\n');

    expect(head).not.toMatch(/^Content-Encoding/im);
    expect(body).toEqual(content);
  });

  it('is not sent again to a client that has it', async () => {
    const { head, body } = await get(path, `If-None-Match: ${await etag()}\r\n`);

    expect(head).toMatch(/^HTTP\/1\.1 304 /);
    expect(head).toMatch(/^Cache-Control: .*immutable/im);
    expect(body).toHaveLength(0);
  });

  it('answers HEAD with the headers of GET', async () => {
    const { head, body } = await rawAnswer(`HEAD ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);

    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(head).toMatch(new RegExp(`^Content-Length: ${content.length}$`, 'im'));
    expect(body).toHaveLength(0);
  });

  it('needs no session, whatever cookie comes along', async () => {
    const { status, headers } = await app.program().get(path, { Cookie: 'sid=forged; sid.sig=forged' });

    expect(status).toBe(200);
    expect(headers.getSetCookie()).toEqual([]);
  });

  it('leaves no file open, however it was asked for', async () => {
    const open = () => readdirSync('/dev/fd').length;
    const known = await etag();
    const before = open();
    for (let time = 0; time < 30; time += 1) {
      await get(path, `If-None-Match: ${known}\r\n`);
      await app.program().request('HEAD', path);
    }

    expect(open()).toBeLessThan(before + 10);
  });
});

describe('a file that is not built', () => {
  it('may be cached for an hour', async () => {
    expect((await app.program().get('/favicon.svg')).headers.get('Cache-Control')).toBe('public, max-age=3600');
  });
});

describe('what is no public file', () => {
  it.each([
    '/../package.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/..%5c..%5cpackage.json',
    '/assets/.vite/manifest.json',
    '/assets/%2evite/manifest.json',
    `${path}.br`,
    `${path}%00.js`,
    `/${path}`,
    '/assets/',
    '/assets',
  ])('%s is not served', async (target) => {
    const { head, body } = await get(target, 'Accept: application/json\r\n');

    expect(head).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(body.toString()).toMatch(/"code":"(not_found|malformed_body)"/);
  });

  it('is a 404 below /assets even for people, never the application', async () => {
    const answer = await app.program().get('/assets/missing-12345678.js', { Accept: 'text/html' });

    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain('id="boot"');
  });

  it('cannot be written to', async () => {
    expect((await app.program().put(path, {})).status).toBe(404);
  });
});
