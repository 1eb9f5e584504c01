import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { browser } from '../support/client.js';
import type { ServerProcess } from '../support/server-process.js';
import { residentMb } from '../support/children.js';
import { stageAdmin, stageDir, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

const WAVES = 40;
const CLIENTS_IN_A_WAVE = 8;
/** Responses of half a megabyte for each client: more than the system's own buffers take. */
const PIPELINED = 12;
/** All of them ask for 1,920 MB; 64 may wait (app/connections.test.ts), and V8 leaves several hundred of garbage before it collects any. */
const MAX_GROWTH_MB = 1_000;
describe('clients that ask for large responses and read nothing', () => {
  it('cost a bounded amount of memory, and others are answered', async () => {
    const server = await stageServer({ DATA_DIR: stageDir(), RATE_LIMIT_PER_MINUTE: '100000' });
    const path = await longThread(server);
    const visitor = browser(server.url);
    expect((await visitor.get(path)).text.length).toBeGreaterThan(150_000);
    const before = residentMb(server.pid);
    let most = before;
    const sockets: Socket[] = [];
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()));

    for (let wave = 0; wave < WAVES; wave += 1) {
      const clients = Array.from({ length: CLIENTS_IN_A_WAVE }, () => askFor(server.url, path));
      sockets.push(...(await Promise.all(clients)));
      expect((await visitor.get('/api/users/1')).status).toBe(200);
      await until('the wave to be over', async () => (await visitor.get(`${path}&page=2`)).status === 200);
      most = Math.max(most, residentMb(server.pid));
    }

    process.stdout.write(`clients that read nothing: the server grew by ${Math.round(most - before)} MB at most\n`);
    expect(most - before).toBeLessThan(MAX_GROWTH_MB);
    expect((await visitor.get(path)).status).toBe(200);
  });
});

/** A post with a hundred comments, of half a megabyte together. */
async function longThread(server: ServerProcess): Promise<string> {
  const admin = await stageAdmin(server);
  const made = await admin.post('/api/posts', {
    title: 'Long',
    content: 'Text',
    category: 'life',
    status: 'published',
  });
  const { id } = made.json<{ post: { id: number } }>().post;
  for (let index = 0; index < 100; index += 1) {
    await admin.post(`/api/posts/${id}/comments`, { content: '洋葱'.repeat(900) });
  }
  return `/api/posts/${id}/comments?limit=100`;
}

async function askFor(url: string, path: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  socket.pause();
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(PIPELINED));
  return socket;
}
