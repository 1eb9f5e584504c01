import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { residentMb } from '../support/children.js';
import { browser } from '../support/client.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { EVERYTHING, startUpstream, writeUpstreams, type UpstreamProcess } from '../support/upstream.js';
import { until } from '../support/until.js';

const SOCKETS = 5_000;
const AT_ONCE = 100;
const MOST_KB = 60;

let dir: string;
let server: ServerProcess;
let upstream: UpstreamProcess;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-websockets-'));
  upstream = await startUpstream();
  const file = join(dir, 'upstreams.json');
  writeUpstreams(file, { live: { instances: [upstream.url], allow: EVERYTHING, websocket: true, token: 'user' } });
  server = await startServerProcess({ DATA_DIR: join(dir, 'data'), UPSTREAMS_FILE: file });
});
afterAll(async () => {
  await server.stop('SIGKILL');
  await upstream.stop();
  rmSync(dir, { recursive: true });
});

it('holds 5,000 idle WebSockets of one person in little memory, and closes all when they sign out', async () => {
  const ada = browser(server.url);
  const account = { username: 'ada', email: 'ada@example.com', password: 'correct horse battery' };
  expect((await ada.post('/api/auth/register', account)).status).toBe(201);
  const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const sockets: Socket[] = [];
  const openMany = async (count: number) => {
    for (let opened = 0; opened < count; opened += AT_ONCE) {
      sockets.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => open(server.url, cookie)))));
    }
  };
  await openMany(500); // what is made once and for all
  const before = residentMb(server.pid);
  await openMany(SOCKETS - 500);
  const each = ((residentMb(server.pid) - before) * 1024) / (SOCKETS - 500);
  process.stderr.write(`${SOCKETS} idle WebSockets: ${each.toFixed(1)} KB each\n`);
  expect(each).toBeLessThanOrEqual(MOST_KB);

  // They work, and requests are answered beside them.
  const answered = once(sockets[SOCKETS - 1] as Socket, 'data');
  sockets[SOCKETS - 1]?.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
  expect((await answered)[0]).toEqual(Buffer.from([0x81, 0x02, 0x68, 0x69]));
  expect((await ada.get('/api/auth/me')).status).toBe(200);

  await ada.post('/api/auth/logout');
  await until('all are closed', () => sockets.every(({ closed }) => closed), { withinMs: 10_000 });
});

/** Resolves when the handshake is through. */
async function open(url: string, cookie: string): Promise<Socket> {
  const { port, host } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `GET /gw/live/ws HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${url}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  if (!head.toString('latin1').startsWith('HTTP/1.1 101 ')) throw new Error(head.toString('latin1'));
  socket.on('end', () => socket.end());
  return socket;
}
