import { readdirSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { browser } from '../support/client.js';
import { stageDir, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

/** More in sum than may be in flight at once. */
const CONNECTIONS = 170;
const AHEAD = 14;

describe('clients that send requests ahead and hang up', () => {
  it.each([
    { what: 'requests', path: '/api/users/1' },
    { what: 'files', path: '/favicon.svg' },
  ])('leave no $what behind', async ({ path }) => {
    const server = await stageServer({ DATA_DIR: stageDir() });
    const files = () => readdirSync(`/proc/${server.pid}/fd`).length;
    const before = files();

    for (let index = 0; index < CONNECTIONS; index += 1) await sendAndLeave(server.url, path);

    await until('everything opened for them to be closed', () => files() <= before + 5);
    // The reads of clients that have left are done first, and while more than it takes are waiting, it refuses.
    const ask = () => Promise.all(Array.from({ length: 20 }, () => browser(server.url).get('/api/users/1')));
    const answers = await until('everybody to be served again', async () => {
      const statuses = (await ask()).map(({ status }) => status);
      return !statuses.includes(503) && statuses;
    });
    expect(answers).toEqual(Array.from({ length: 20 }, () => 404));
  });
});

/** The first response is slow, and the others have to wait for it. */
async function sendAndLeave(url: string, path: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  const body = JSON.stringify({ username: 'unknown', password: 'whatever' });
  const head = `Host: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const slow = `POST /api/auth/login HTTP/1.1\r\n${head}${body}`;
  socket.write(slow + `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(AHEAD));
  await browser(url).get('/livez'); // the server has read what came before this
  socket.destroy();
}

describe('a client that sends far more requests ahead than any browser', () => {
  it('is cut off', async () => {
    const server = await stageServer({ DATA_DIR: stageDir() });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {});
    const closed = once(socket, 'close');
    socket.resume();
    socket.write('GET /api/users/1 HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_000));
    await expect(closed).resolves.toBeDefined();
    expect((await browser(server.url).get('/livez')).status).toBe(200);
  });
});
