import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { browser } from '../support/client.js';
import { outcomes, startLoad } from '../support/load.js';
import { describeWith } from '../support/requires.js';
import {
  cookieOf,
  PASSWORD,
  sameBrowser,
  stageAdmin,
  stageDir,
  stageMember,
  stageRedis,
  stageServer,
} from '../support/stage.js';
import { until } from '../support/until.js';

/** The time an orderly stop may take when no slow request is in flight. */
const STOPPED_MS = 5_000;

describe('a stop with sessions in SQLite', () => {
  stopsInOrder(() => Promise.resolve({}));
});
describeWith('redis-server', 'a stop with sessions in Redis', () => {
  stopsInOrder(async () => ({ REDIS_URL: (await stageRedis()).url }));
});

function stopsInOrder(settings: () => Promise<Record<string, string>>): void {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s answers requests in flight, exits with 0, and sessions survive the restart',
    async (signal) => {
      const env = { DATA_DIR: stageDir(), ...(await settings()) };
      const server = await stageServer(env);
      const admin = await stageAdmin(server);
      const member = await stageMember(server.url, 'member');
      const load = startLoad(server.url, { ...slowLogin(), connections: 10, keepAlive: true });
      await until('logins in flight', () => load.sent.length > 0);

      const stopping = performance.now();
      const ended = server.stop(signal);
      const sent = load.stop();

      expect(await ended).toEqual({ code: 0, signal: null });
      expect(performance.now() - stopping).toBeLessThan(STOPPED_MS);
      expect(outcomes(await sent)).toEqual({ 200: load.sent.length });

      const again = await stageServer(env);
      for (const person of [admin, member]) {
        expect((await sameBrowser(person, again.url).get('/api/auth/me')).status).toBe(200);
      }
      expect((await sameBrowser(admin, again.url).get('/api/users')).status).toBe(200);
    },
  );

  it('keeps answering for the drain period, with readiness off', async () => {
    const env = { DATA_DIR: stageDir(), DRAIN_SECONDS: '1', ...(await settings()) };
    const server = await stageServer(env);
    const member = await stageMember(server.url, 'member');
    const load = startLoad(server.url, {
      path: '/api/auth/me',
      headers: { Cookie: cookieOf(member) },
      connections: 4,
      keepAlive: true,
      pauseMs: 5,
    });
    await until('a quiet start', () => load.sent.length > 20);

    const ended = server.stop();
    const probe = await until('a probe that sends people elsewhere', async () => {
      const answer = await browser(server.url).get('/readyz');
      return answer.headers.get('Connection') === 'close' && answer;
    });
    expect(probe.status).toBe(503);
    expect((await sameBrowser(member, server.url).get('/api/auth/me')).status).toBe(200);
    const sent = await load.stop();

    expect(outcomes(sent)).toEqual({ 200: sent.length });
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  it('is not held up by clients that keep their connection, say nothing, or stop in the middle of a word', async () => {
    const server = await stageServer({ DATA_DIR: stageDir(), ...(await settings()) });
    await stageMember(server.url, 'member');
    const answered = await open(server.url, 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until('an answer', () => answered.text().includes('200 OK'));
    const again = await open(server.url, 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\n');
    await until('an answer', () => again.text().includes('200 OK'));
    await open(server.url, ''); // as browsers do in advance
    await open(server.url, 'GET / HTTP/1.1\r\n');
    const { method, path, headers, body } = slowLogin();
    const fields = Object.entries({ Host: 'localhost', 'Content-Length': body.length, ...headers });
    const head = `${method} ${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`;
    const inFlight = await Promise.all(Array.from({ length: 10 }, () => open(server.url, `${head}\r\n${body}`)));
    await until('an answer', () => inFlight.some(({ text }) => text().includes('200 OK')));

    const stopping = performance.now();
    expect(await server.stop()).toEqual({ code: 0, signal: null });

    expect(performance.now() - stopping).toBeLessThan(STOPPED_MS);
    expect(inFlight.map(({ text }) => text().slice(0, 15))).toEqual(inFlight.map(() => 'HTTP/1.1 200 OK'));
  });
}

/** A connection that sends these bytes and then stays. */
async function open(url: string, bytes: string) {
  let text = '';
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(socket, 'connect');
  socket.write(bytes);
  return { text: () => text };
}

/** Takes tens of milliseconds, in a queue. */
function slowLogin() {
  return {
    path: '/api/auth/login',
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin', 'X-CSRF': '1' },
    body: JSON.stringify({ username: 'member', password: PASSWORD }),
  };
}
