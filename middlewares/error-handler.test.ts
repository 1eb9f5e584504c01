import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../tests/support/raw-request.js';
import { PASSWORD, startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import type { Answer } from '../tests/support/client.js';

let app: TestApp;
/** Its users table is gone, so that whatever needs one fails unexpectedly. */
let broken: TestApp;
beforeAll(async () => {
  [app, broken] = await Promise.all([startTestApp(), startTestApp()]);
  await broken.database.sequelize.query('ALTER TABLE users RENAME TO gone');
});
afterAll(() => Promise.all([app.stop(), broken.stop()]));

const BROWSER_ACCEPT = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const register = (of: TestApp) =>
  of.program().post('/api/auth/register', { username: 'ada', email: 'ada@example.com', password: PASSWORD });

describe('an error', () => {
  it('says in JSON what happened, with a stable code and the request id', async () => {
    const answer = await app.program().get('/api/nowhere');

    expect(answer.status).toBe(404);
    expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(answer.json()).toEqual({
      error: 'No such endpoint',
      code: 'not_found',
      requestId: answer.headers.get('X-Request-Id'),
    });
  });

  it.each([
    [BROWSER_ACCEPT, 'text/html'],
    ['text/html', 'text/html'],
    ['text/*', 'text/html'],
    ['application/json', 'application/json'],
    ['application/json, text/html', 'application/json'],
    ['text/html;q=0.5, application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['image/png', 'application/json'],
    ['nonsense', 'application/json'],
  ])('with Accept: %s is %s', async (accept, type) => {
    const answer = await app.program().get('/api/nowhere', { Accept: accept });

    expect(answer.status).toBe(404);
    expect(answer.headers.get('Content-Type')).toContain(type);
  });

  it('as a page shows the status, the sentence and the request id, in the language asked for', async () => {
    const headers = { Accept: BROWSER_ACCEPT, 'Accept-Language': 'zh-CN', 'X-Request-Id': 'shown-on-page' };
    const { text, headers: sent } = await app.program().get('/api/nowhere', headers);

    expect(text).toContain('<html lang="zh-CN">');
    for (const part of ['404', '接口不存在', 'shown-on-page']) expect(text).toContain(part);
    expect(sent.get('Content-Language')).toBe('zh-CN');
  });

  it('never shows what the visitor sent', async () => {
    const answer = await app.program().get('/api/%3Cscript%3Ealert(1)%3C/script%3E', { Accept: BROWSER_ACCEPT });

    expect(answer.text).not.toContain('alert(1)');
  });

  it.each([
    ['en', 'en'],
    ['zh', 'zh-CN'],
    ['fr', 'en'],
  ])('for Accept-Language %s says that it is in %s', async (wanted, given) => {
    const answer = await app.program().get('/api/nowhere', { 'Accept-Language': wanted });

    expect(answer.headers.get('Content-Language')).toBe(given);
  });
});

describe('a failure of ours', () => {
  it('is a 500 that reveals nothing about it', async () => {
    const answer = await register(broken);

    expect(answer.status).toBe(500);
    expect(answer.json()).toEqual({
      error: 'Something went wrong on the server',
      code: 'internal',
      requestId: answer.headers.get('X-Request-Id'),
    });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('as a page reveals nothing either', async () => {
    const answer = await broken.program().get('/anything', { Accept: BROWSER_ACCEPT });

    expect(answer.status).toBe(500);
    expect(answer.headers.get('Content-Type')).toContain('text/html');
    for (const word of ['SQLITE', 'users', 'Sequelize', 'node_modules', '.ts:'])
      expect(answer.text).not.toContain(word);
  });

  it('leaves the process working', async () => {
    await Promise.all(Array.from({ length: 5 }, () => register(broken)));

    expect((await broken.program().get('/health')).status).toBe(200);
  });
});

describe('what is not even HTTP', () => {
  const answerTo = (request: string) => rawRequest(app.url, request);

  it('is refused in the form of every error', async () => {
    const [head = '', body = ''] = (await answerTo('nonsense\r\n\r\n')).split('\r\n\r\n');

    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(body)).toMatchObject({ code: 'malformed_body', error: expect.any(String) });
  });

  it('is refused when its headers are larger than any client needs', async () => {
    const answer = await answerTo(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`);

    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"code":"too_large"');
  });

  it.each(['/%', '/%zz', '//evil.example/x', '/\\evil', '/api/users/%e0%a4', '/?%', 'http://evil.example/', '*'])(
    'does not break on the address %s',
    async (target) => {
      const answer = await answerTo(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);

      expect(answer).toMatch(/^HTTP\/1\.1 (200|400|404) /);
    },
  );
});

/** The wording that existing clients look for, by code; from the contract. */
const CHINESE: Record<string, string> = {
  email_taken: '邮箱已被注册',
  username_taken: '用户名已被使用',
  invalid_credentials: '邮箱或密码错误',
  not_signed_in: '访问令牌缺失',
  invalid_token: '无效的访问令牌',
  forbidden: '权限不足',
  not_found: '接口不存在',
};

describe('the language of errors', () => {
  /** Each way to fail once, in a language. */
  async function failures(locale: string): Promise<Record<string, Answer>> {
    const headers = { 'Accept-Language': locale };
    const client = app.program(headers);
    const bob = await app.member(`bob${locale.slice(0, 2)}`);
    const account = { username: 'taken', email: 'taken@example.com', password: PASSWORD };
    await client.post('/api/auth/register', account);
    const answers = {
      email_taken: await client.post('/api/auth/register', { ...account, username: 'free' }),
      username_taken: await client.post('/api/auth/register', { ...account, email: 'free@example.com' }),
      invalid_credentials: await client.post('/api/auth/login', { email: 'unknown@example.com', password: 'wrong' }),
      not_signed_in: await client.get('/api/auth/me'),
      invalid_token: await client.get('/api/auth/me', { Authorization: 'Bearer x.y.z' }),
      forbidden: await bob.get('/api/users', headers),
      not_found: await client.get('/api/nowhere'),
      method_not_allowed: await client.patch('/api/users', {}),
      validation_failed: await client.post('/api/auth/register', {}),
      malformed_body: await client.post('/api/auth/login', '{', { 'Content-Type': 'application/json' }),
      unsupported_media_type: await client.post('/api/auth/login', 'x', { 'Content-Type': 'text/plain' }),
      csrf_failed: await client.post('/api/auth/login', {}, { Origin: 'https://evil.example' }),
    };
    return answers;
  }

  it('changes the sentence and never the code', async () => {
    const [english, chinese] = [await failures('en'), await failures('zh-CN')];

    for (const [code, answer] of Object.entries(english)) {
      const [en, zh] = [answer.json(), chinese[code]?.json() ?? {}];
      expect(en['code'], answer.text).toBe(code);
      expect(zh['code']).toBe(code);
      expect(zh['error']).not.toBe(en['error']);
      expect(zh['error']).toMatch(/\p{Script=Han}/u);
      expect(chinese[code]?.status).toBe(answer.status);
    }
    for (const [code, sentence] of Object.entries(CHINESE)) expect(chinese[code]?.json()['error']).toBe(sentence);
  });

  it('asks a person at a browser to sign in, instead of naming the token that programs send', async () => {
    const headers = { 'Accept-Language': 'zh-CN' };

    expect((await app.browser(headers).get('/api/auth/me')).json()['error']).toBe('请先登录');
    expect((await app.program(headers).get('/api/auth/me')).json()['error']).toBe('访问令牌缺失');
  });

  it('has a sentence about each bad field, too', async () => {
    const body = { username: 'a', email: 'nowhere', password: 'short', extra: 1 };
    const answer = await app.program({ 'Accept-Language': 'zh-CN' }).post('/api/auth/register', body);

    expect(answer.status).toBe(400);
    const { details } = answer.json<{ details: { path: string; message: string }[] }>();
    expect(details.map(({ path }) => path).toSorted()).toEqual(['email', 'extra', 'password', 'username']);
    for (const { message } of details) expect(message).toMatch(/\p{Script=Han}/u);
  });
});
