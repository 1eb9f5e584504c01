import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rawRequest } from '../tests/support/raw-request.js';
import { PASSWORD, startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import { createLogger } from './logger.js';

interface Line {
  level: number;
  msg: string;
  requestId?: string;
  userId?: number;
  method?: string;
  route?: string;
  status?: number;
  ms?: number;
  bytes?: number;
}

const lines: string[] = [];
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({}, (line) => void lines.push(line));
});
afterAll(() => app.stop());

/** The access line of the request with this id, which is written when its connection is done with the answer. */
async function accessLine(requestId: string | null): Promise<Line> {
  return vi.waitFor(() => {
    const found = lines.map((line) => JSON.parse(line) as Line).find((line) => line.requestId === requestId && line.ms);
    if (!found) throw new Error('not written yet');
    return found;
  });
}

describe('the log', () => {
  it('writes one line of JSON for a request, with who, what, how long and how much', async () => {
    const ada = await app.member('ada');
    const answer = await ada.get(`/api/users/${ada.id}`, { 'X-Request-Id': 'the-request-1' });

    const line = await accessLine('the-request-1');
    expect(line).toMatchObject({ method: 'GET', route: '/api/users/:id', status: 200, userId: ada.id, msg: 'request' });
    expect(line.ms).toBeGreaterThan(0);
    expect(line.bytes).toBeGreaterThan(answer.text.length);
    expect(lines.filter((text) => text.includes('the-request-1'))).toHaveLength(1);
  });

  it('counts the bytes of each answer on a connection that is used again', async () => {
    for (const id of ['keep-alive-1', 'keep-alive-2']) await app.program().get('/health', { 'X-Request-Id': id });

    const [first, second] = [await accessLine('keep-alive-1'), await accessLine('keep-alive-2')];
    expect(Math.abs((first.bytes ?? 0) - (second.bytes ?? 0))).toBeLessThan(20);
  });

  it('has the status that was sent, also for refused requests, and no userId for anonymous ones', async () => {
    const answer = await app.program().get('/api/auth/me', { 'X-Request-Id': 'the-refusal' });

    expect(answer.status).toBe(401);
    expect(await accessLine('the-refusal')).toMatchObject({ status: 401, route: '/api/auth/me' });
    expect(await accessLine('the-refusal')).not.toHaveProperty('userId');
  });

  it('never shows a password, a token, a cookie or what stands in a query', async () => {
    const secrets = ['pass-secret-1', 'query-secret-2', 'body-secret-3', 'header-secret-4', 'cookie-secret-5'];
    const [password, query, body, header, cookie] = secrets;
    const eve = app.browser();
    const account = { username: 'eve', email: 'eve@example.com', password };
    await eve.post('/api/auth/register', account);
    const { token } = (await app.program().post('/api/auth/login', account)).json<{ token: string }>();
    await app.program().get(`/api/auth/me?token=${query}`, { Authorization: `Bearer ${token}` });
    await app.program().get(`/api/users/${query}?x=${query}`, { Authorization: `Bearer ${header}` });
    await app.program().get('/setup?token=query-secret-2', { Accept: 'text/html' });
    await eve.post('/api/auth/login', `{"password":"${body}`, { 'Content-Type': 'application/json' });
    await eve.post('/api/auth/login', { ...account, password: body });
    await eve.post('/api/auth/password', { current: body, password: body });
    await eve.post('/api/setup', { ...account, token: body });
    await app.program().post('/api/auth/logout', {}, { Cookie: `sid=${cookie}`, 'Sec-Fetch-Site': 'cross-site' });
    const { requestId } = (await eve.get('/api/nowhere')).json<{ requestId: string }>();
    await accessLine(requestId);

    const log = lines.join('');
    for (const secret of [...secrets, token, ...eve.cookies.values(), PASSWORD, app.services.setup.token]) {
      expect(withoutSetupLink(log)).not.toContain(secret);
    }
  });

  it('keeps what was being written out of the line about a database that fails', async () => {
    const broken = await startTestApp({}, (line) => void lines.push(line));
    await broken.database.sequelize.query('ALTER TABLE users RENAME COLUMN bio TO biography');
    const account = { username: 'mallory', email: 'mallory@example.com', password: 'database-secret-6' };

    const answer = await broken.browser().post('/api/auth/register', account);
    await broken.stop();

    expect(answer.status).toBe(500);
    const { requestId } = answer.json<{ requestId: string }>();
    const failure = lines.map((line) => JSON.parse(line) as Line & { err?: { stack: string } });
    expect(failure.find((line) => line.requestId === requestId && line.level === 50)).toHaveProperty('err.stack');
    expect(lines.join('')).not.toContain('database-secret-6');
    expect(lines.join('')).not.toContain('$argon2id');
    expect(lines.join('')).not.toContain('mallory@example.com');
  });

  it('says of a request that was given up that it was', async () => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const body = JSON.stringify({ username: 'unknown', password: 'wrong password' });
    socket.write(
      'POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: given-up-1\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    // It has reached its route: one that was sent later, on a later connection, went the same way and is answered, and
    // hashing a password takes longer than that.
    const later =
      'POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
      'Connection: close\r\nContent-Length: 2\r\n\r\n{}';
    expect(await rawRequest(app.url, later)).toContain('"validation_failed"');
    socket.destroy();

    expect(await accessLine('given-up-1')).toMatchObject({ aborted: true, route: '/api/auth/login' });
    expect((await app.program().get('/health')).status).toBe(200);
  });

  it('does not report a mistake of a client as an error of ours', async () => {
    const answers = await Promise.all([
      app.program().get('/api/nowhere'),
      app.program().request('PROPFIND', '/api/users'),
      app.program().get('/api/users/unknown'),
      app.program().post('/api/auth/login', '{', { 'Content-Type': 'application/json' }),
    ]);

    for (const answer of answers) {
      const { requestId } = answer.json<{ requestId: string }>();
      await accessLine(requestId);
      const own = lines.map((line) => JSON.parse(line) as Line).filter((line) => line.requestId === requestId);
      expect(own.map(({ level }) => level)).toEqual([30]);
    }
  });
});

describe('the log at a terminal', () => {
  it('shows paths without their query', async () => {
    const written: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
    const terminal = await startTestApp({ LOG_FORMAT: 'pretty', LOG_LEVEL: 'silent' });
    await terminal.program().get('/api/nowhere?token=query-secret-7');
    await vi.waitFor(() => expect(written.join('')).toContain('404'));
    spy.mockRestore();
    await terminal.stop();

    expect(written.join('')).toContain('/api/nowhere?…');
    expect(written.join('')).not.toContain('query-secret-7');
  });
});

const HOSTILE = ['\u001b[31m', '\u0007', '\r\n', '\u007f', '\u009b31m', '\u0085'];
// A control character that is no line's end, and no escape sequence of our own colors.
const CONTROLS = /(?!\n)[\p{Cc}]/u;
const COLORS = new RegExp(String.raw`\u001b\[\d+m`, 'g');

describe('control characters', () => {
  it('reach no line of JSON, wherever they come from', () => {
    const written: string[] = [];
    const log = createLogger({ level: 'info', format: 'json' }, { write: (line) => void written.push(line) });
    for (const text of HOSTILE) log.warn({ upstream: text, list: [text], err: new Error(text) }, `refused ${text}`);

    expect(written).toHaveLength(HOSTILE.length);
    for (const [index, line] of written.entries()) {
      expect(line.slice(0, -1)).not.toMatch(/\p{Cc}/u);
      expect(JSON.parse(line)).toMatchObject({ upstream: HOSTILE[index], msg: `refused ${HOSTILE[index]}` });
    }
  });

  it('reach no terminal', async () => {
    const source = `import { createLogger } from './dist/app/logger.js';
      const log = createLogger({ level: 'info', format: 'pretty' });
      for (const text of ${JSON.stringify(HOSTILE)}) log.warn({ upstream: text, list: [text], err: new Error(text) }, text);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source]);

    expect(stdout).toContain('\\u009b31m');
    expect(stdout.replaceAll(COLORS, '')).not.toMatch(CONTROLS);
  });
});

describe('values of headers', () => {
  it.each([
    ['Host', 'wrong_host', `${'x'.repeat(5_000)}.example`],
    ['Origin', 'csrf_failed', `https://${'x'.repeat(5_000)}.example`],
    ['Sec-Fetch-Site', 'csrf_failed', 'x'.repeat(5_000)],
  ])('are cut in the log: %s', async (name, code, value) => {
    const host = name === 'Host' ? value : new URL(app.url).host;
    const head = [`POST /api/auth/logout HTTP/1.1`, `Host: ${host}`, `${name}: ${value}`, 'Connection: close'];
    const request = name === 'Host' ? head.filter((_line, index) => index !== 2) : head;
    const answer = await rawRequest(app.url, `${request.join('\r\n')}\r\n\r\n`);
    expect(answer).toContain(code);

    const line = await vi.waitFor(() => {
      const found = lines.find((each) => each.includes('xxxxx'));
      if (!found) throw new Error('not written yet');
      return found;
    });
    lines.splice(lines.indexOf(line), 1);
    expect(line).not.toContain('x'.repeat(201));
    expect(line).toContain('x'.repeat(150));
  });
});

/** The console is where the setup link belongs. */
function withoutSetupLink(log: string): string {
  return log.replace(/There is no administrator yet[^"]*/, '');
}
