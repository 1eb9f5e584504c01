import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formOf, noise } from '../tests/support/images.js';
import { rawRequest } from '../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
let url: string;
let content: Buffer;
beforeAll(async () => {
  app = await startTestApp();
  const ada = await app.member('ada');
  const answer = await ada.post('/api/upload/single', formOf('image', await noise(50, 50).png().toBuffer()));
  url = answer.json<{ file: { url: string } }>().file.url;
  content = Buffer.from(await (await fetch(new URL(url, app.url))).arrayBuffer());
});
afterAll(() => app.stop());

const get = (headers: Record<string, string> = {}, method = 'GET') => fetch(new URL(url, app.url), { method, headers });
const bytes = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

describe('an uploaded file', () => {
  it('may be cached for ever and is never a page', async () => {
    const { status, headers } = await get();

    expect(status).toBe(200);
    expect(headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('Content-Type')).toBe('image/png');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Content-Security-Policy')).toBe("default-src 'none'; frame-ancestors 'none'; sandbox");
    expect(headers.get('Content-Length')).toBe(String(content.length));
    expect(headers.get('Accept-Ranges')).toBe('bytes');
    expect(headers.getSetCookie()).toEqual([]);
  });

  it('is not sent again to a client that has it', async () => {
    const { headers } = await get();
    for (const condition of [
      { 'If-None-Match': headers.get('ETag') ?? '' },
      { 'If-Modified-Since': headers.get('Last-Modified') ?? '' },
    ]) {
      // Without a word about caching fetch would ask for a fresh one.
      const again = await get({ ...condition, 'Cache-Control': 'max-age=0' });
      expect(again.status).toBe(304);
      expect(await bytes(again)).toHaveLength(0);
      expect(again.headers.get('Cache-Control')).toMatch(/immutable/);
    }
  });

  it('answers HEAD with the headers of GET', async () => {
    const answer = await get({}, 'HEAD');

    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Length')).toBe(String(content.length));
    expect(answer.headers.get('Content-Type')).toBe('image/png');
    expect(await bytes(answer)).toHaveLength(0);
  });

  it('cannot be written to', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect((await app.browser().request(method, url)).status).toBe(404);
    }
  });
});

describe('a part of it', () => {
  it.each([
    ['bytes=0-9', 0, 9],
    ['bytes=10-10', 10, 10],
    ['bytes=10-', 10, undefined],
    ['bytes=-10', -10, undefined],
    ['bytes=0-999999999', 0, undefined],
    ['bytes=-999999999', 0, undefined],
  ])('is sent for %s', async (range, from, to) => {
    const answer = await get({ Range: range });
    const part = content.subarray(from, to === undefined ? undefined : to + 1);

    expect(answer.status).toBe(206);
    expect(await bytes(answer)).toEqual(part);
    expect(answer.headers.get('Content-Length')).toBe(String(part.length));
    const start = from < 0 ? content.length + from : from;
    const said = `bytes ${start}-${start + part.length - 1}/${content.length}`;
    expect(answer.headers.get('Content-Range')).toBe(said);
    expect(answer.headers.get('Content-Type')).toBe('image/png');
  });

  it.each(['bytes=999999999-', 'bytes=999999998-999999999', 'bytes=-0'])('is a 416 for %s', async (range) => {
    const answer = await get({ Range: range });

    expect(answer.status).toBe(416);
    expect(answer.headers.get('Content-Range')).toBe(`bytes */${content.length}`);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
  });

  it.each(['bytes=5-1', 'bytes=0-1,5-6', 'bytes=', 'bytes=-', 'bytes=a-b', 'lines=0-1', 'bytes=1e3-'])(
    'is the whole for %s',
    async (range) => {
      const answer = await get({ Range: range });

      expect(answer.status).toBe(200);
      expect(await bytes(answer)).toEqual(content);
    },
  );

  it('is sent only of the content it is meant for', async () => {
    const etag = (await get()).headers.get('ETag') ?? '';

    expect((await get({ Range: 'bytes=0-1', 'If-Range': etag })).status).toBe(206);
    expect((await get({ Range: 'bytes=0-1', 'If-Range': '"another"' })).status).toBe(200);
  });
});

describe('what is no uploaded file', () => {
  beforeAll(() => {
    writeFileSync(join(app.dataDir, 'uploads/page.html'), '<script>alert(1)</script>');
    mkdirSync(join(app.dataDir, `uploads/${'0'.repeat(32)}.png`));
  });

  it.each([
    '/uploads/',
    '/uploads',
    '/uploads/page.html',
    '/uploads/.incoming',
    '/uploads/../allium.sqlite',
    '/uploads/%2e%2e/allium.sqlite',
    '/uploads/..%2fallium.sqlite',
    '/uploads/..%5callium.sqlite',
    `/uploads/${'0'.repeat(32)}.png`,
    `/uploads/${'a'.repeat(32)}.png`,
    `/uploads/${'a'.repeat(32)}.png%00`,
    `/uploads/${'a'.repeat(32)}.html`,
  ])('%s is a 404', async (target) => {
    const answer = await rawRequest(app.url, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);

    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toContain('"code":"not_found"');
  });

  it('is a 404 for people as well, never the application', async () => {
    const answer = await app.program().get(`/uploads/${'a'.repeat(32)}.png`, { Accept: 'text/html' });

    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain('id="boot"');
  });
});
