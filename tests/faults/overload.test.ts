import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { program } from '../support/client.js';
import { outcomes, startLoad } from '../support/load.js';
import { account, stageDir, stageMember, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

describe('too many requests at once', () => {
  it('are refused beyond the limit with Retry-After, while probes answer', async () => {
    const { url } = await stageServer({ DATA_DIR: stageDir(), MAX_REQUESTS: '5' });
    await stageMember(url, 'member');

    const [answers, probes] = await Promise.all([
      Promise.all(Array.from({ length: 60 }, () => program(url).post('/api/auth/login', account('member')))),
      Promise.all(Array.from({ length: 20 }, () => program(url).get('/livez'))),
    ]);

    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length + answers.filter(({ status }) => status === 200).length).toBe(60);
    for (const { headers, json } of refused) {
      expect(headers.get('Retry-After')).toBe('1');
      expect(json()).toMatchObject({ code: 'unavailable', requestId: expect.any(String) });
    }
    expect(probes.map(({ status }) => status)).toEqual(probes.map(() => 200));
    expect((await program(url).post('/api/auth/login', account('member'))).status).toBe(200);
  });
});

describe('a process that is starved of CPU', () => {
  it('refuses everything but probes until it has caught up', async () => {
    const server = await stageServer({ DATA_DIR: stageDir() });
    const reads = startLoad(server.url, { path: '/api/posts', connections: 2, keepAlive: true, pauseMs: 5 });
    const probes = startLoad(server.url, { path: '/livez', connections: 2, keepAlive: true, pauseMs: 5 });
    const refusals = () => reads.sent.filter(({ outcome }) => outcome === 503).length;

    const enough = new AbortController();
    const starve = (async () => {
      while (!enough.signal.aborted) {
        server.signal('SIGSTOP');
        await wait(1_500);
        server.signal('SIGCONT');
        await wait(30);
      }
    })();
    await until('refusals', () => refusals() > 0, { withinMs: 60_000 });
    enough.abort();
    await starve;
    const before = reads.sent.length;
    await until('it has caught up', () => reads.sent.slice(before).some(({ outcome }) => outcome === 200));

    expect(Object.keys(outcomes(await reads.stop()))).toEqual(['200', '503']);
    const all = await probes.stop();
    expect(outcomes(all)).toEqual({ 200: all.length });
  });
});

describe('clients that send slowly', () => {
  it('lock no client out: an unfinished body does not count as a request being worked on', async () => {
    const server = await stageServer({ DATA_DIR: stageDir(), MAX_REQUESTS: '5', TRUST_PROXY_HOPS: '1' });
    for (let client = 0; client < 100; client += 1) await slowBody(server.url, `203.0.113.${client % 10}`);

    const answers = await Promise.all(Array.from({ length: 4 }, () => program(server.url).get('/api/posts')));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('are refused beyond fifty from one address, and none from another', async () => {
    const server = await stageServer({ DATA_DIR: stageDir(), TRUST_PROXY_HOPS: '1' });
    const crowd = [];
    for (let client = 0; client < 50; client += 1) crowd.push(await slowBody(server.url, '203.0.113.1'));
    const login = (address: string) =>
      program(server.url).post('/api/auth/login', account('unknown'), { 'X-Forwarded-For': address });
    await until('a refusal', async () => (await login('203.0.113.1')).status === 429);

    expect((await login('203.0.113.2')).status).toBe(401);
    crowd[0]?.destroy();
    await until('room again', async () => (await login('203.0.113.1')).status === 401);
  });
});

describe('clients that hold connections open', () => {
  it('are closed oldest first, so that new clients are served', async () => {
    const server = await stageServer({ DATA_DIR: stageDir(), MAX_CONNECTIONS: '40' });
    const idle = await Promise.all(Array.from({ length: 200 }, () => open(server.url)));

    for (let time = 0; time < 5; time += 1) {
      await until('an answer', async () =>
        program(server.url)
          .get('/api/posts', { Connection: 'close' })
          .then(
            ({ status }) => status === 200,
            () => false, // dropped; the next one finds room
          ),
      );
    }

    expect(idle.filter((socket) => !socket.closed).length).toBeLessThanOrEqual(40);
  });
});

describe('a client that reads nothing', () => {
  it('is disconnected after half a minute', async () => {
    const server = await stageServer({ DATA_DIR: stageDir() });
    const member = await stageMember(server.url, 'member');
    const { status, json } = await member.post('/api/posts', {
      title: 'Long',
      content: '例 '.repeat(24_000), // three bytes a character, and again as HTML
      category: 'tech',
      status: 'published',
    });
    expect(status).toBe(201);
    const { post } = json<{ post: { id: number } }>();
    const socket = await open(server.url);
    socket.pause();
    const answered = () => server.output().split('"route":"/api/posts/:id"').length - 1;

    // One after the other, until the system's buffers are full: that answer is not taken any more.
    let sent = 0;
    do {
      sent += 1;
      socket.write(`GET /api/posts/${post.id} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await until('an answer', () => answered() === sent, { withinMs: 3_000 }).catch(() => {});
    } while (answered() === sent);
    const start = performance.now();
    await until('the end of it', () => answered() === sent, { withinMs: 60_000 });

    expect(performance.now() - start).toBeGreaterThan(10_000);
    expect((await program(server.url).get('/api/posts')).status).toBe(200);
  });
});

async function open(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {}); // a disconnect is one of the expected outcomes
  socket.on('close', () => {});
  socket.resume();
  await once(socket, 'connect');
  return socket;
}

/** A request whose body never comes to an end. */
async function slowBody(url: string, address: string): Promise<Socket> {
  const socket = await open(url);
  socket.write(
    `POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${address}\r\n` +
      `Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"username":`,
  );
  return socket;
}
