import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rawRequest } from '../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

/** In place of Vite's dev server: it resets its connection where a path says so, and refuses to upgrade. */
let vite: Server;
let app: TestApp;
const connections = new Set<Socket>();
const uncaught: Error[] = [];
const onUncaught = (error: Error) => void uncaught.push(error);
beforeAll(async () => {
  process.on('uncaughtExceptionMonitor', onUncaught);
  vite = createServer((socket) => {
    connections.add(socket.on('error', () => {}).on('close', () => connections.delete(socket)));
    socket.on('data', (chunk) => {
      const [, path = ''] = /^GET \/assets\/(\w+)/.exec(chunk.toString('latin1')) ?? [];
      if (path === 'refused') socket.write('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno');
      else if (path === 'whole') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf');
    });
  });
  await once(vite.listen(0, '127.0.0.1'), 'listening');
  const { port } = vite.address() as AddressInfo;
  app = await startTestApp({ NODE_ENV: 'development', VITE_URL: `http://127.0.0.1:${port}` });
});
afterAll(async () => {
  await app.stop();
  for (const socket of connections) socket.destroy();
  vite.close();
  process.off('uncaughtExceptionMonitor', onUncaught);
});

const get = (path: string, headers = 'Connection: close\r\n') =>
  rawRequest(app.url, `GET /assets/${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);

it('survives a reset of Vite in the middle of a file', async () => {
  const half = await fetch(`${app.url}/assets/half`);
  for (const socket of connections) socket.resetAndDestroy();

  await expect(half.text()).rejects.toThrow('terminated');
  expect(await get('whole')).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\nok$/);
  expect(uncaught).toEqual([]);
});

it('passes on what Vite answers in place of an upgrade', async () => {
  const answer = await get('refused', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n');

  expect(answer).toMatch(/^HTTP\/1\.1 426 [^]*\r\n\r\nno$/);
});
