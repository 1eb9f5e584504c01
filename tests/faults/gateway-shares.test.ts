import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browser, type Client } from '../support/client.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { EVERYTHING, startUpstream, writeUpstreams, type UpstreamProcess } from '../support/upstream.js';
import { until } from '../support/until.js';

let dir: string;
let upstream: UpstreamProcess;
let server: ServerProcess;
const sockets: Socket[] = [];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-shares-'));
  upstream = await startUpstream();
  const file = join(dir, 'upstreams.json');
  const open = { instances: [upstream.url], allow: EVERYTHING };
  writeUpstreams(file, {
    live: { ...open, maxConcurrent: 12 },
    tiny: { ...open, maxConcurrent: 3 },
    more: { ...open, maxConcurrent: 12, maxStreamsPerClient: 6 },
  });
  server = await startServerProcess({
    DATA_DIR: join(dir, 'data'),
    UPSTREAMS_FILE: file,
    TRUST_PROXY_HOPS: '1',
  });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await server.stop('SIGKILL');
  await upstream.stop();
  rmSync(dir, { recursive: true });
});

interface Opened {
  status: number;
  /** The response received so far. */
  answer: string;
  socket: Socket;
}

/** Sends a request and waits for the beginning of its answer, which may go on for ever. */
async function open(path: string, headers: string): Promise<Opened> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').setEncoding('latin1');
  sockets.push(socket.on('error', () => {}));
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\n${headers}\r\n`);
  const [answer] = (await once(socket, 'data')) as [string];
  return { status: Number(answer.slice(9, 12)), answer, socket };
}

/** Opens one after the other until one is refused. */
async function fill(path: string, headers: string): Promise<{ opened: Opened[]; refused: Opened }> {
  const opened: Opened[] = [];
  for (;;) {
    const next = await open(path, headers);
    if (next.status === 503) return { opened, refused: next };
    opened.push(next);
    expect(opened.length).toBeLessThan(20);
  }
}

const from = (address: string) => `X-Forwarded-For: ${address}\r\n`;
const as = ({ cookies }: Client) => `Cookie: ${[...cookies].map((pair) => pair.join('=')).join('; ')}\r\n`;

async function member(username: string): Promise<Client> {
  const client = browser(server.url);
  const password = 'correct horse battery';
  const answer = await client.post('/api/auth/register', { username, email: `${username}@example.com`, password });
  expect(answer.status).toBe(201);
  return client;
}

describe('event streams of one client', () => {
  it.each([
    ['live', 3],
    ['tiny', 1],
    ['more', 6],
  ])('take no more than its share of %s, and others get through', async (name, share) => {
    const { opened, refused } = await fill(`/gw/${name}/events`, from('192.0.2.1'));

    expect(opened.map(({ status }) => status)).toEqual(Array.from({ length: share }, () => 200));
    expect(refused.answer).toMatch(/^retry-after: 1\r$/im);
    expect(refused.answer).toContain('"code":"unavailable"');
    expect(refused.answer).toContain(`"path":"${name}"`);
    expect((await open(`/gw/${name}/items`, from('192.0.2.1'))).status).toBe(200); // which ends by itself

    const other = await open(`/gw/${name}/events`, from('192.0.2.2'));
    expect([other.status, other.answer]).toEqual([200, expect.stringContaining('data: 0')]);
    expect((await open(`/gw/${name}/items`, from('192.0.2.3'))).status).toBe(200);

    opened[0]?.socket.destroy();
    await until(
      'its place is free again',
      async () => (await open(`/gw/${name}/items`, from('192.0.2.1'))).status === 200,
    );
    for (const { socket } of [...opened, other]) socket.destroy();
  });

  it('are counted by account, across its sign-ins and addresses', async () => {
    const [ada, bea] = [await member('ada'), await member('bea')];
    const second = browser(server.url);
    await second.post('/api/auth/login', { email: 'ada@example.com', password: 'correct horse battery' });
    const { opened } = await fill('/gw/live/events', as(ada) + from('192.0.2.10'));
    expect(opened).toHaveLength(3);

    expect((await open('/gw/live/events', as(second) + from('192.0.2.11'))).status).toBe(503);
    const others = [
      await open('/gw/live/events', as(bea) + from('192.0.2.10')),
      await open('/gw/live/events', from('192.0.2.10')), // without a session
    ];
    expect(others.map(({ status }) => status)).toEqual([200, 200]);
    for (const { socket } of [...opened, ...others]) socket.destroy();
  });

  it('are counted by network where an address is IPv6', async () => {
    const { opened } = await fill('/gw/live/events', from('2001:db8:0:1::1'));
    expect((await open('/gw/live/events', from('2001:db8:0:1:ffff::2'))).status).toBe(503);
    const other = await open('/gw/live/events', from('2001:db8:0:2::1'));
    expect(other.status).toBe(200);
    for (const { socket } of [...opened, other]) socket.destroy();
  });
});
