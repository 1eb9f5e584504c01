import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../tests/support/until.js';
import { watchConnections, type ConnectionLimits } from './connections.js';

const MEGABYTE = 1024 * 1024;
const BIG = Buffer.alloc(32 * MEGABYTE); // more than all buffers of the system between the two take

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

async function serve(limits: ConnectionLimits, handle: RequestListener, maxConnections?: number) {
  const server = createServer(handle);
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  watchConnections(server, { sweepMs: 20, maxWaitingBytes: Infinity, maxWaitingBytesInAll: Infinity, ...limits });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push({ close: () => (server.closeAllConnections(), server.close()) });
  return (server.address() as AddressInfo).port;
}

/** Asks for something and reads nothing of the answer. */
async function ask(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  opened.push({ close: () => socket.destroy() });
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return socket;
}

describe('a client that does not take its answer', () => {
  it('is hung up on when it takes nothing for a while', async () => {
    let closed = false;
    const port = await serve({ stalledMs: 200 }, (_req, res) => {
      res.once('close', () => (closed = true)).end(BIG);
    });
    await ask(port);

    expect(await until('the end of it', () => closed)).toBe(true);
  });

  it('is hung up on when it takes it by drops, after a longer while', async () => {
    let closedAfter = 0;
    const port = await serve({ stalledMs: 60_000, sendingMs: 1_000 }, (_req, res) => {
      const start = performance.now();
      res.once('close', () => (closedAfter = performance.now() - start)).end(BIG);
    });
    const socket = await ask(port);
    const drops = setInterval(() => socket.read(64 * 1024), 20);
    opened.push({ close: () => clearInterval(drops) });

    await until('the end of it', () => closedAfter > 0);
    expect(closedAfter).toBeGreaterThan(900);
    expect(closedAfter).toBeLessThan(5_000); // all of it would have taken ten seconds
  });

  it('is not mistaken for one that takes all there is, while there is nothing', async () => {
    const port = await serve({ stalledMs: 100, sendingMs: 200 }, (_req, res) => {
      res.write(Buffer.alloc(2 * MEGABYTE));
      setTimeout(() => res.end('the rest'), 1_000); // an answer that takes its time, as events do
    });
    const socket = await ask(port);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text = (text + chunk.toString('latin1')).slice(-100)));

    expect(await until('all of it', () => text.includes('the rest'))).toBe(true);
  });
});

describe('clients for whom more waits than may', () => {
  const askers = (port: number, count: number) => Promise.all(Array.from({ length: count }, () => ask(port)));

  it('are disconnected when it is too much for one', async () => {
    let closed = false;
    const port = await serve({ maxWaitingBytes: 8 * MEGABYTE }, (_req, res) => {
      res.once('close', () => (closed = true)).end(BIG);
    });
    await ask(port);

    expect(await until('the end of it', () => closed)).toBe(true);
  });

  it('are disconnected, the first first, until it is not too much in all', async () => {
    const owed = new Set<ServerResponse>();
    const port = await serve({ maxWaitingBytesInAll: 4.5 * BIG.length }, (_req, res) => {
      owed.add(res);
      res.once('close', () => owed.delete(res)).end(BIG);
    });
    await askers(port, 4);
    await until('four to be behind', () => owed.size === 4);
    const firstOwed = [...owed];
    await askers(port, 3);

    expect(
      await until('room', () => owed.size === 4 && !firstOwed.slice(0, 3).some((response) => owed.has(response))),
    ).toBe(true);
  });
});

describe('when there are as many connections as may be', () => {
  it('a new one costs the oldest idle one its place, and none that is owed an answer', async () => {
    let answer = () => {};
    const port = await serve({}, (_req, res) => void (answer = () => res.end('served')), 3);
    const busy = await ask(port);
    await until('its request', () => answer.length === 0);
    const idle = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    for (const socket of idle) {
      opened.push({ close: () => socket.destroy() });
      socket.on('error', () => {}).resume();
    }
    await Promise.all(idle.map((socket) => once(socket, 'connect')));

    connect(port, '127.0.0.1').on('error', () => {});
    await until('room for another', () => idle.filter((socket) => socket.closed).length === 1);

    answer();
    const [served] = (await once(busy, 'data')) as [Buffer];
    expect(served.toString()).toContain('served');
  });
});
