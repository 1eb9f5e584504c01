import { expect, it } from 'vitest';
import type { Client } from '../support/client.js';
import { outcomes, startLoad, type Load } from '../support/load.js';
import { describeWith } from '../support/requires.js';
import { cookieOf, stageAdmin, stageDir, stageMember, stageRedis, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

/** No request may take longer while Redis is away. */
const ANSWERED_MS = 1_000;
const PEOPLE = 5;

describeWith('redis-server', 'an outage of Redis', () => {
  it('that kills it: every request is answered in time, and all are signed in when it is back', async () => {
    const dir = stageDir();
    const redis = await stageRedis({ dir });
    const { url, people, load } = await busyServer(redis.url);

    const went = performance.now();
    await redis.stop('SIGKILL');
    await until('requests in the outage', () => unavailable(load.signedIn) > 2_000, { withinMs: 30_000 });
    await stageRedis({ dir, port: redis.port });
    await until('anyone', () => allSignedIn(people, url));

    expect(await slowestAnswer(load, went)).toBeLessThan(ANSWERED_MS);
  });

  it('that stops it: every request is answered in time, and all are signed in when it goes on', async () => {
    const redis = await stageRedis();
    const { url, people, load } = await busyServer(redis.url);

    const went = performance.now();
    redis.signal('SIGSTOP');
    await until('requests in the outage', () => unavailable(load.signedIn) > 50, { withinMs: 30_000 });
    redis.signal('SIGCONT');
    await until('anyone', () => allSignedIn(people, url));

    expect(await slowestAnswer(load, went)).toBeLessThan(ANSWERED_MS);
  });

  it('that happens three times is survived each time', async () => {
    const dir = stageDir();
    let redis = await stageRedis({ dir });
    const { url, people, load } = await busyServer(redis.url);
    const went = performance.now();

    for (let time = 0; time < 3; time += 1) {
      const before = unavailable(load.signedIn);
      await redis.stop('SIGKILL');
      await until('requests in the outage', () => unavailable(load.signedIn) > before + 20);
      redis = await stageRedis({ dir, port: redis.port });
      await until('anyone', () => allSignedIn(people, url));
    }

    expect(await slowestAnswer(load, went)).toBeLessThan(ANSWERED_MS);
  });

  it('refuses sign-ins and sign-outs with Retry-After, and accepts them afterwards', async () => {
    const redis = await stageRedis();
    const { url } = await stageServer({ DATA_DIR: stageDir(), REDIS_URL: redis.url });
    const member = await stageMember(url, 'member');
    await member.get('/api/auth/me'); // so that the session is still cached
    redis.signal('SIGSTOP');

    for (const path of ['/api/auth/login', '/api/auth/logout']) {
      const answer = await member.post(path, { username: 'member', password: 'correct horse battery' });
      expect(answer.status).toBe(503);
      expect(answer.json()).toMatchObject({ code: 'unavailable' });
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    }

    expect(member.cookies.get('sid')).toBeDefined();
    redis.signal('SIGCONT');
    await until('a logout', async () => (await member.post('/api/auth/logout')).status === 200);
    expect((await member.get('/api/auth/me')).status).toBe(401);
  });
});

interface BusyLoad {
  /** Needs the session. */
  signedIn: Load;
  /** Writes to the database and needs the session. */
  writing: Load;
  /** Shows a page even when the session cannot be read at the moment. */
  page: Load;
  /** Needs none of it. */
  anonymous: Load;
  health: Load;
}

async function busyServer(redisUrl: string) {
  const server = await stageServer({ DATA_DIR: stageDir(), REDIS_URL: redisUrl });
  const { url } = server;
  const admin = await stageAdmin(server);
  const members = await Promise.all(Array.from({ length: PEOPLE }, (_, index) => stageMember(url, `member${index}`)));
  const headers = { Cookie: cookieOf(admin), 'X-CSRF': '1' };
  const gently = { keepAlive: true, pauseMs: 5 };
  const load: BusyLoad = {
    signedIn: startLoad(url, { path: '/api/auth/me', headers, connections: 10, ...gently }),
    writing: startLoad(url, {
      path: `/api/users/${admin.id}`,
      method: 'PATCH',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: '{"name":"Ada"}',
      connections: 2,
      ...gently,
    }),
    page: startLoad(url, {
      path: '/',
      headers: { ...headers, Accept: 'text/html' },
      connections: 2,
      ...gently,
    }),
    anonymous: startLoad(url, { path: '/', headers: { Accept: 'text/html' }, connections: 4, ...gently }),
    health: startLoad(url, { path: '/health', connections: 1, ...gently }),
  };
  await until('a quiet start', () => load.signedIn.sent.length > 50);
  return { url, people: [admin, ...members], load };
}

function unavailable({ sent }: Load): number {
  return sent.filter(({ outcome }) => outcome === 503).length;
}

/** Whether the cookies that people had before the outage still say who they are. */
async function allSignedIn(people: Client[], url: string): Promise<boolean> {
  const answers = await Promise.all(people.map((person) => person.get(new URL('/api/auth/me', url).href)));
  return answers.every(({ status }) => status === 200);
}

/** In milliseconds, from the outage on. Every request must have been answered, and those that need no Redis served. */
async function slowestAnswer(load: BusyLoad, outageAt: number): Promise<number> {
  const [signedIn, writing, page, anonymous, health] = await Promise.all([
    load.signedIn.stop(),
    load.writing.stop(),
    load.page.stop(),
    load.anonymous.stop(),
    load.health.stop(),
  ]);
  expect(outcomes([...signedIn, ...writing])).toEqual({ 200: expect.any(Number), 503: expect.any(Number) });
  expect(signedIn.at(-1)?.outcome).toBe(200);
  expect(writing.at(-1)?.outcome).toBe(200);
  expect(outcomes([...page, ...anonymous])).toEqual({ 200: page.length + anonymous.length });
  expect(outcomes(health)).toEqual({ 200: health.length });
  const during = [signedIn, writing, page, anonymous, health].flat().filter(({ at, ms }) => at + ms >= outageAt);
  const slowest = Math.max(...during.map(({ ms }) => ms));
  process.stderr.write(`Redis away: ${during.length} requests, slowest ${Math.round(slowest)} ms\n`);
  return slowest;
}
