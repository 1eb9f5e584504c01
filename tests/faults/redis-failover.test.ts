import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import type { Client } from '../support/client.js';
import type { RedisServer } from '../support/redis-server.js';
import { describeWith } from '../support/requires.js';
import { PASSWORD, stageDir, stageMember, stageRedis, stageServer } from '../support/stage.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const RECOVERED_MS = 5_000;

describeWith('redis-server', 'a connection to Redis', () => {
  it('that leads to a primary which has become a replica is replaced', async () => {
    const [old, next] = [await stageRedis(), await stageRedis()];
    const { proxy, member } = await signedInThrough(old);
    await order(next, (client) => client.replicaof('127.0.0.1', old.port));
    await until('a replica', () => order(next, async (client) => (await client.dbsize()) > 0));

    await order(next, (client) => client.replicaof('NO', 'ONE'));
    await order(old, (client) => client.replicaof('127.0.0.1', next.port));
    proxy.lead(next.port);
    const failedOverAt = performance.now();

    await signsInAgain(member);
    expect(performance.now() - failedOverAt).toBeLessThan(RECOVERED_MS);
    expect((await member.get('/api/auth/me')).status).toBe(200);
  });

  it('whose peer disappeared silently is closed', async () => {
    const { proxy, member } = await signedInThrough(await stageRedis());

    proxy.cut();
    const cutAt = performance.now();

    await signsInAgain(member);
    expect(performance.now() - cutAt).toBeLessThan(RECOVERED_MS);
    expect((await member.get('/api/auth/me')).status).toBe(200);
  });
});

async function signedInThrough(redis: RedisServer): Promise<{ proxy: TcpProxy; member: Client }> {
  const proxy = await startTcpProxy(redis.port);
  onTestFinished(proxy.close);
  const { url } = await stageServer({ DATA_DIR: stageDir(), REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  return { proxy, member: await stageMember(url, 'member') };
}

/** Writes a session, which needs a primary that answers. */
function signsInAgain(member: Client): Promise<unknown> {
  const signsIn = async () => {
    const { status } = await member.post('/api/auth/login', { username: 'member', password: PASSWORD });
    return status === 200;
  };
  return until('a sign-in', signsIn, { withinMs: 2 * RECOVERED_MS });
}

async function order<Result>({ url }: RedisServer, give: (client: Redis) => Promise<Result>): Promise<Result> {
  const client = new Redis(url);
  try {
    return await give(client);
  } finally {
    client.disconnect();
  }
}
