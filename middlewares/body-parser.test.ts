import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../tests/support/client.js';
import { rawRequest } from '../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
let ada: Client & { id: number };
beforeAll(async () => {
  app = await startTestApp();
  ada = await app.member('ada');
});
afterAll(() => app.stop());

const JSON_TYPE = { 'Content-Type': 'application/json' };
const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded' };
const patch = (body: unknown, headers: Record<string, string> = JSON_TYPE) =>
  ada.patch(`/api/users/${ada.id}`, body, headers);

describe('a JSON body', () => {
  it.each([
    '{',
    '{"age":1',
    '{"age":1}}',
    "{'age':1}",
    '{age:1}',
    '{"age":01}',
    '{"age":1,}',
    '{"age":NaN}',
    '"text"',
    'null',
    'true',
    '1',
    ' ',
    '\u0000',
    '{"age":1}\u0000',
    '{"bio":"a\nb"}',
    '{"bio":"\\x41"}',
    '\ufeff{',
  ])('%j is malformed', async (body) => {
    const answer = await patch(body);

    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'malformed_body', requestId: expect.any(String) });
  });

  it.each([
    '{"age":1,"age":2}',
    '{"age":1,"\\u0061ge":2}',
    '{"profile":{"bio":"a","bio":"b"}}',
    '{"list":[[{"a":1,"a":1}]]}',
    '{"a":{"b":1},"a":{"c":1}}',
    '{"":1,"":2}',
    '{"a\\"":1,"a\\"":2}',
  ])('%s is refused, since parsers disagree about duplicate keys', async (body) => {
    expect((await patch(body)).json()).toMatchObject({ code: 'malformed_body' });
  });

  it.each([
    { name: 'a "quoted" name: {"name":1,"name":2}' },
    { name: '\\' },
    { name: '": "', profile: { bio: '{"bio": "bio"}' } },
    { profile: { bio: 'key": : "', location: '\\":' } },
  ])('%j is not taken for one with equal keys', async (body) => {
    const answer = await patch(body);

    expect(answer.status, answer.text).toBe(200);
    expect(answer.json()).toMatchObject({ user: body });
  });

  it.each([
    '{"__proto__":{"role":"admin"}}',
    '{"profile":{"__proto__":{"bio":"x"}}}',
    '{"constructor":{"prototype":{}}}',
  ])('%s changes nothing', async (body) => {
    const answer = await patch(body);

    expect(answer.status).toBe(400);
    expect({}).not.toHaveProperty('role');
  });

  it('that is nested too deeply is refused, however deeply', async () => {
    for (const depth of [40, 1_000, 45_000]) {
      const nested = '['.repeat(depth) + ']'.repeat(depth);

      expect((await patch(`{"name":${nested}}`)).json(), String(depth)).toMatchObject({ code: 'malformed_body' });
    }
  });

  it('may be as long as the limit, in one text or in many keys, and is read in no time', async () => {
    const began = performance.now();
    const answers = [
      await patch({ name: '\\"'.repeat(24_000) }),
      await patch({ name: ' '.repeat(100_000) + 'x' }),
      await patch(`{"name":"x"${' '.repeat(100_000)}}`),
      await patch(Object.fromEntries(Array.from({ length: 8_000 }, (_, index) => [`k${index}`, 1]))),
    ];

    expect(answers.map(({ status }) => status)).toEqual([400, 200, 200, 400]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('of 1 MB is too large, and the connection goes on', async () => {
    for (let time = 0; time < 3; time += 1) {
      const answer = await patch({ name: 'x'.repeat(1_000_000) });

      expect(answer.status).toBe(413);
      expect(answer.json()).toMatchObject({ code: 'too_large' });
    }
    expect((await ada.get('/api/auth/me')).status).toBe(200);
  });

  it('without a length is refused as soon as it exceeds the limit', async () => {
    const chunk = `${(16_384).toString(16)}\r\n${'x'.repeat(16_384)}\r\n`;
    const answer = await rawRequest(
      app.url,
      'POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n' +
        `Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(10)}0\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"too_large"');
  });

  it('may be compressed', async () => {
    const answer = await patch(gzipSync(JSON.stringify({ name: 'Zipped' })), {
      ...JSON_TYPE,
      'Content-Encoding': 'gzip',
    });

    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ user: { name: 'Zipped' } });
  });

  it('may not grow beyond the limit when it is decompressed', async () => {
    const bomb = gzipSync(JSON.stringify({ name: 'x'.repeat(20_000_000) }));
    const answer = await patch(bomb, { ...JSON_TYPE, 'Content-Encoding': 'gzip' });

    expect(answer.status).toBe(413);
  });

  it('that is not compressed as it says is malformed', async () => {
    const answer = await patch('{"name":"x"}', { ...JSON_TYPE, 'Content-Encoding': 'gzip' });

    expect(answer.json()).toMatchObject({ code: 'malformed_body' });
  });

  it('in an unknown encoding is a 415', async () => {
    const answer = await patch('{"name":"x"}', { ...JSON_TYPE, 'Content-Encoding': 'rot13' });

    expect(answer.status).toBe(415);
    expect(answer.json()).toMatchObject({ code: 'unsupported_media_type' });
  });

  it('with bytes that are no UTF-8 is read with the replacement character in their place', async () => {
    const bytes = Buffer.from('{"name":"\xff\xfe"}', 'latin1');
    const answer = await patch(bytes, JSON_TYPE);

    expect(answer.json()).toMatchObject({ user: { name: '\ufffd\ufffd' } });
  });

  it('is read whatever its parameters and their case', async () => {
    for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset=UTF-8;x=y']) {
      expect((await patch('{"name":"Ada"}', { 'Content-Type': type })).status, type).toBe(200);
    }
  });
});

describe('a body of another kind', () => {
  it.each([
    'text/plain',
    'text/html',
    'application/xml',
    'application/octet-stream',
    'multipart/form-data; boundary=x',
    'application/vnd.api+json',
    'application/json-patch+json',
    'text/json',
    'image/png',
    'nonsense',
  ])('%s is not accepted', async (type) => {
    const answer = await patch('{"name":"x"}', { 'Content-Type': type });

    expect(answer.status).toBe(415);
    expect(answer.json()).toMatchObject({ code: 'unsupported_media_type' });
  });

  it('without a Content-Type is not accepted', async () => {
    const answer = await rawRequest(
      app.url,
      'POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}',
    );

    expect(answer).toMatch(/^HTTP\/1\.1 415 /);
  });
});

describe('no body', () => {
  it.each([
    ['without a type', {}],
    ['with a type', JSON_TYPE],
    ['as a form', FORM_TYPE],
  ])('%s is like an empty one', async (_name, headers) => {
    const answer = await app.program().post('/api/auth/login', undefined, headers);

    expect(answer.json()).toMatchObject({ code: 'validation_failed' });
  });
});

describe('a form', () => {
  it('is read as the fields it means: numbers, truth values, cleared fields', async () => {
    const admin = await app.admin();
    await patch({ name: 'Ada', age: 36 });
    const form = new URLSearchParams({ age: '37', isActive: 'true', name: '' });
    const answer = await admin.patch(`/api/users/${ada.id}`, form);

    expect(answer.status, answer.text).toBe(200);
    expect(answer.json()).toMatchObject({ user: { name: null, age: 37, isActive: true } });
  });

  it.each([
    'age=1&age=2',
    'age=1e1',
    'age=0x10',
    'age=%20',
    'isActive=yes',
    'profile=x',
    'age[]=1',
    'a%00b=1',
    '__proto__[role]=admin&x=1',
    '%ff=1',
  ])('%s is refused', async (body) => {
    const answer = await patch(body, FORM_TYPE);

    expect(answer.status, answer.text).toBe(400);
  });

  it('of more than the limit is too large', async () => {
    expect((await patch(`name=${'x'.repeat(200_000)}`, FORM_TYPE)).status).toBe(413);
  });

  it('of very many fields is refused', async () => {
    const answer = await patch(Array.from({ length: 5_000 }, (_, index) => `f${index}=1`).join('&'), FORM_TYPE);

    expect([400, 413]).toContain(answer.status);
  });
});

describe('a compressed body of a kind that browsers use', () => {
  it('is read or refused, and never breaks', async () => {
    const body = brotliCompressSync('{"name":"Brotli"}');
    const answer = await patch(body, { ...JSON_TYPE, 'Content-Encoding': 'br' });

    expect([200, 415]).toContain(answer.status);
  });
});
