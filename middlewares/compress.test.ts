import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** One answer as it comes over the wire; HTTP/1.0, so that it comes in one piece. */
async function get(path: string, headers: string): Promise<{ head: string; body: Buffer }> {
  const request = `GET ${path} HTTP/1.0\r\nHost: localhost\r\n${headers}\r\n`;
  const bytes = Buffer.from(await rawRequest(app.url, request, 'latin1'), 'latin1');
  const end = bytes.indexOf('\r\n\r\n');
  return { head: bytes.subarray(0, end).toString(), body: bytes.subarray(end + 4) };
}

describe('compression', () => {
  it.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ])('makes pages smaller by %s', async (encoding, decompress) => {
    const { head, body } = await get('/', `Accept: text/html\r\nAccept-Encoding: ${encoding}\r\n`);
    const page = decompress(body).toString();

    expect(head).toMatch(new RegExp(`^Content-Encoding: ${encoding}$`, 'im'));
    expect(head).toMatch(/^Vary: .*Accept-Encoding/im);
    expect(page).toContain('id="boot"');
    expect(body.length).toBeLessThan(page.length);
  });

  it('encodes error pages like the rest', async () => {
    const { head, body } = await get('/api/nowhere', 'Accept: text/html\r\nAccept-Encoding: gzip\r\n');

    expect(head).toMatch(/^HTTP\/1\.1 404 /);
    expect(head).toMatch(/^Content-Encoding: gzip$/im);
    expect(gunzipSync(body).toString()).toContain('404');
  });

  it('leaves small responses alone, and clients that take nothing compressed', async () => {
    const small = await get('/health', 'Accept-Encoding: gzip\r\n');
    const plain = await get('/', 'Accept: text/html\r\nAccept-Encoding: identity\r\n');

    expect(small.head).not.toMatch(/^Content-Encoding/im);
    expect(JSON.parse(small.body.toString())).toMatchObject({ status: 'OK' });
    expect(plain.head).not.toMatch(/^Content-Encoding/im);
    expect(plain.body.toString()).toContain('id="boot"');
  });
});
