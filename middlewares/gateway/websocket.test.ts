import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Client } from '../../tests/support/client.js';
import { rawRequest } from '../../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { EVERYTHING, startUpstream, writeUpstreams, type UpstreamProcess } from '../../tests/support/upstream.js';
import { until } from '../../tests/support/until.js';

let dir: string;
let upstream: UpstreamProcess;
let app: TestApp;
let ada: Client;
const opened: WebSocket[] = [];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-ws-'));
  upstream = await startUpstream();
  const file = join(dir, 'upstreams.json');
  const live = { instances: [upstream.url], allow: EVERYTHING, websocket: true, timeouts: { headersMs: 500 } };
  writeUpstreams(file, {
    live,
    mine: { ...live, token: 'user' },
    plain: { ...live, websocket: false },
    brief: { ...live, timeouts: { streamIdleMs: 300 } },
    two: { ...live, maxWebsockets: 2 },
  });
  app = await startTestApp({ UPSTREAMS_FILE: file });
  ada = await app.member('ada');
});
afterAll(async () => {
  for (const socket of opened) socket.terminate();
  await app.stop();
  await upstream.stop();
  rmSync(dir, { recursive: true });
});

const cookieOf = (client: Client) => [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');

/** Opens one as our own page does, unless `headers` differ. */
function socketTo(path: string, client?: Client, headers: Record<string, string> = {}): WebSocket {
  const socket = new WebSocket(app.url.replace('http', 'ws') + path, ['chat'], {
    headers: { Origin: app.url, ...(client && { Cookie: cookieOf(client) }), ...headers },
  });
  socket.on('error', () => {});
  opened.push(socket);
  return socket;
}

async function refusalOf(socket: WebSocket): Promise<{ status: number | undefined; code: unknown }> {
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    NodeJS.ReadableStream & { statusCode: number },
  ];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, code: (JSON.parse(text) as { code: unknown }).code };
}

async function exchange(socket: WebSocket, text: string): Promise<string> {
  if (socket.readyState !== WebSocket.OPEN) await once(socket, 'open');
  const answered = once(socket, 'message');
  socket.send(text);
  const [message] = (await answered) as [Buffer];
  return message.toString();
}

describe('a WebSocket through the gateway', () => {
  it('passes messages both ways, with the negotiated protocol', async () => {
    const socket = socketTo('/gw/live/ws?room=1');
    expect(await exchange(socket, 'hello')).toBe('hello');
    expect(await exchange(socket, 'again')).toBe('again');
    expect(socket.protocol).toBe('chat');
    socket.close();
    await once(socket, 'close');
    await until('the upstream hears of it', async () => (await upstream.figures()).aborted > 0);
  });

  it('carries a token to the upstream, and no cookie in either direction', async () => {
    const socket = socketTo('/gw/mine/ws-hello', ada);
    let back: string[] | undefined;
    socket.on('upgrade', (response) => (back = response.headers['set-cookie']));
    const [message] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(message.toString())).toEqual({
      authorization: expect.stringMatching(/^Bearer ey/),
      cookie: null,
    });
    expect(back).toBeUndefined();
  });

  it('is refused to anonymous callers, other sites, other upstreams and other protocols', async () => {
    const { seen } = await upstream.figures();
    expect(await refusalOf(socketTo('/gw/mine/ws'))).toEqual({ status: 401, code: 'not_signed_in' });
    for (const origin of ['https://evil.example', 'null', '']) {
      expect(await refusalOf(socketTo('/gw/mine/ws', ada, { Origin: origin })), origin).toEqual({
        status: 403,
        code: 'csrf_failed',
      });
    }
    expect(await refusalOf(socketTo('/gw/live/ws', undefined, { Origin: 'https://evil.example' }))).toMatchObject({
      status: 403,
    });
    expect(await refusalOf(socketTo('/gw/plain/ws'))).toEqual({ status: 404, code: 'not_found' });
    expect(await refusalOf(socketTo('/gw/unknown/ws'))).toEqual({ status: 404, code: 'not_found' });
    expect(await refusalOf(socketTo('/api/nothing'))).toEqual({ status: 404, code: 'not_found' });
    expect(await refusalOf(socketTo('/gw/live/a/../ws%2f'))).toMatchObject({ status: 400 });
    expect((await upstream.figures()).seen).toBe(seen + 1);
  });

  it('needs a personal access token with the scope write, since its messages are not read', async () => {
    const opensWith = async (scope: string) => {
      const wanted = { name: 'Socket', scopes: [scope], expiresInDays: 1 };
      const { token } = (await ada.post('/api/auth/tokens', wanted)).json<{ token: string }>();
      return socketTo('/gw/mine/ws', undefined, { Authorization: `Bearer ${token}` });
    };

    expect(await refusalOf(await opensWith('read'))).toEqual({ status: 403, code: 'forbidden' });
    expect(await exchange(await opensWith('write'), 'hello')).toContain('hello');
  });

  it('is a 502 when the upstream refuses it', async () => {
    expect(await refusalOf(socketTo('/gw/live/ws-refused'))).toEqual({ status: 502, code: 'upstream_failed' });
  });

  it('does not affect requests that offer another protocol', async () => {
    const answer = await rawRequest(
      app.url,
      'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    const proxied = await rawRequest(
      app.url,
      'GET /gw/plain/bytes?n=3000000 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    );
    expect(proxied).toMatch(/^HTTP\/1\.1 200 /); // as Java's HTTP client sends it (RFC 9110 section 7.8)
    expect(proxied.length).toBeGreaterThan(3_000_000);
    const smuggled =
      'POST /gw/live/echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 30\r\n\r\n';
    expect(await rawRequest(app.url, `${smuggled}GET /gw/live/x HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('is closed soon after the sign-out, and only that one', async () => {
    const bea = await app.member('bea');
    const [hers, others] = [socketTo('/gw/mine/ws', bea), socketTo('/gw/mine/ws', ada)];
    await Promise.all([exchange(hers, 'a'), exchange(others, 'b')]);
    const closed = once(hers, 'close');
    const outAt = performance.now();
    await bea.post('/api/auth/logout');
    const [code] = (await closed) as [number];
    expect(code).toBe(1008);
    expect(performance.now() - outAt).toBeLessThan(5_000);
    expect(await exchange(others, 'still')).toBe('still');
  });

  it('is closed when the account is deleted', async () => {
    const cleo = await app.member('cleo');
    const socket = socketTo('/gw/mine/ws', cleo);
    await exchange(socket, 'a');
    const closed = once(socket, 'close');
    await (await app.admin()).delete(`/api/users/${cleo.id}`);
    expect((await closed)[0]).toBe(1008);
  });

  it('is closed when the personal access token that opened it is revoked, and only that one', async () => {
    const dora = await app.member('dora');
    const sockets = await Promise.all(
      ['build', 'other'].map(async (name) => {
        const made = await dora.post('/api/auth/tokens', { name, scopes: ['write'], expiresInDays: 1 });
        const { id, token } = made.json<{ id: number; token: string }>();
        const socket = socketTo('/gw/mine/ws', undefined, { Authorization: `Bearer ${token}` });
        await exchange(socket, 'a');
        return { id, socket };
      }),
    );
    const [revoked, valid] = sockets as [(typeof sockets)[0], (typeof sockets)[0]];
    const closed = once(revoked.socket, 'close');
    expect((await dora.delete(`/api/auth/tokens/${revoked.id}`)).status).toBe(204);
    expect((await closed)[0]).toBe(1008);
    expect(await exchange(valid.socket, 'still')).toBe('still');
  });

  it('is closed when it is idle for too long', async () => {
    const socket = socketTo('/gw/brief/ws');
    await exchange(socket, 'a');
    expect((await once(socket, 'close'))[0]).toBe(1001);
  });

  it('is refused beyond maxWebsockets', async () => {
    const sockets = [socketTo('/gw/two/ws'), socketTo('/gw/two/ws')];
    await Promise.all(sockets.map((socket) => exchange(socket, 'a')));
    expect(await refusalOf(socketTo('/gw/two/ws'))).toEqual({ status: 503, code: 'unavailable' });
    sockets[0]?.close();
    await until('there is room again', () => app.services.gateway.find('two')?.websockets === 1);
    expect(await exchange(socketTo('/gw/two/ws'), 'b')).toBe('b');
  });

  it('receives a close frame when the server stops', async () => {
    const second = await startTestApp({ UPSTREAMS_FILE: join(dir, 'upstreams.json') });
    const socket = new WebSocket(`${second.url.replace('http', 'ws')}/gw/live/ws`);
    await exchange(socket, 'a');
    const closed = once(socket, 'close');
    expect(await second.stop()).toBe(true);
    expect((await closed)[0]).toBe(1001);
  });
});
