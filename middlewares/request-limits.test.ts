import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const LAST = 'Connection: close\r\n\r\n';
const HOST = 'Host: localhost\r\n';
const headers = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: a\r\n`).join('');
const parameters = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=1`).join('&');

async function send(request: string) {
  const answer = await rawRequest(app.url, request);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.slice(9, 12)), head, body };
}

describe('a well-formed request', () => {
  it.each([
    ['names no host', `GET /livez HTTP/1.1\r\n${LAST}`, 400, 'malformed_body'],
    ['names two', `GET /livez HTTP/1.1\r\n${HOST}HOST: other\r\n${LAST}`, 400, 'malformed_body'],
    ['expects what we do not know', `GET /livez HTTP/1.1\r\n${HOST}Expect: 200-ok\r\n${LAST}`, 417, 'malformed_body'],
    ['has a long address', `GET /${'a'.repeat(8_192)} HTTP/1.1\r\n${HOST}${LAST}`, 414, 'too_large'],
    ['has too many headers', `GET /livez HTTP/1.1\r\n${HOST}${headers(99)}${LAST}`, 431, 'too_large'],
    ['has very many headers', `GET /livez HTTP/1.1\r\n${HOST}${headers(900)}${LAST}`, 431, 'too_large'],
    ['has too many parameters', `GET /api/posts?${parameters(101)} HTTP/1.1\r\n${HOST}${LAST}`, 400, 'malformed_body'],
  ])('is not one that %s', async (_name, request, status, code) => {
    const answer = await send(request);

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({
      code,
      error: expect.any(String),
      requestId: expect.stringMatching(/./),
    });
    expect(answer.head).toMatch(/X-Content-Type-Options: nosniff/i);
  });

  it.each([
    ['is of HTTP/1.0, without a host', 'GET /livez HTTP/1.0\r\n\r\n', 200],
    ['has as many headers as allowed', `GET /livez HTTP/1.1\r\n${HOST}${headers(98)}${LAST}`, 200],
    ['has an address as long as allowed', `GET /api/${'a'.repeat(8_186)} HTTP/1.1\r\n${HOST}${LAST}`, 404],
    ['has as many parameters as allowed', `GET /livez?${parameters(100)} HTTP/1.1\r\n${HOST}${LAST}`, 200],
  ])('may be one that %s', async (_name, request, status) => {
    expect((await send(request)).status).toBe(status);
  });

  it('gets 100 Continue before its response if it expects that', async () => {
    const body = '{"username":"unknown","password":"wrong"}';
    const answer = await rawRequest(
      app.url,
      `POST /api/auth/login HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n${LAST}${body}`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 401 /);
  });

  it('is refused in Chinese as well', async () => {
    const { body } = await send(`GET /livez HTTP/1.1\r\nAccept-Language: zh-CN\r\n${LAST}`);

    expect(body).toMatch(/\p{Script=Han}/u);
  });
});
