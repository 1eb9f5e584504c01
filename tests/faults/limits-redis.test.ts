import { expect, it } from 'vitest';
import { program, type Answer } from '../support/client.js';
import { describeWith } from '../support/requires.js';
import { PASSWORD, stageDir, stageMember, stageRedis, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

/** The longest that a response may take while Redis is unavailable. */
const ANSWERED_MS = 1_000;

const at = (address: string) => ({ 'X-Forwarded-For': address });
const login = (url: string, username: string, password: string, address: string): Promise<Answer> =>
  program(url).post('/api/auth/login', { username, password }, at(address));

describeWith('redis-server', 'limits in Redis', () => {
  const settings = { TRUST_PROXY_HOPS: '1', SIGN_IN_FAILURES_PER_PLACE: '6', SIGN_IN_FAILURES_PER_ACCOUNT: '6' };

  it('are shared by all processes', async () => {
    const redis = await stageRedis();
    const shared = { ...settings, DATA_DIR: stageDir(), REDIS_URL: redis.url, WRITE_LIMIT_PER_MINUTE: '3' };
    const servers = [await stageServer(shared), await stageServer(shared)];
    const member = await stageMember(servers[0]?.url ?? '', 'member');
    const urlOf = (time: number) => servers[time % 2]?.url ?? '';

    const guesses = [];
    for (let time = 0; time < 8; time += 1) {
      guesses.push((await login(urlOf(time), 'member', 'wrong', `198.51.100.${time}`)).status);
    }
    const changes = [];
    for (let time = 0; time < 5; time += 1) {
      const path = new URL(`/api/users/${member.id}`, urlOf(time)).href;
      const own = { Origin: urlOf(time), ...at('203.0.113.1') };
      changes.push((await member.patch(path, { name: `Ada ${time}` }, own)).status);
    }

    expect(guesses).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
    expect(changes).toEqual([200, 200, 200, 429, 429]);
  });

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'are held in memory while it is away (%s), and shared again after',
    async (signal) => {
      const dir = stageDir();
      const redis = await stageRedis({ dir });
      const { url, output } = await stageServer({ ...settings, DATA_DIR: stageDir(), REDIS_URL: redis.url });
      for (const name of ['member', 'other', 'third']) {
        await program(url).post('/api/auth/register', {
          username: name,
          email: `${name}@example.com`,
          password: PASSWORD,
        });
      }
      const timed = async (...attempt: [username: string, password: string, address: string]) => {
        const start = performance.now();
        const { status } = await login(url, ...attempt);
        return { status, ms: performance.now() - start };
      };

      if (signal === 'SIGKILL') await redis.stop(signal);
      else redis.signal(signal);
      const first = await timed('member', PASSWORD, '203.0.113.1');
      const seen = [];
      for (let time = 0; time < 9; time += 1) seen.push(await timed('other', 'wrong', `198.51.100.${time}`));
      seen.push(await timed('third', PASSWORD, '203.0.113.1'));

      expect(first.status).toBe(200);
      expect(seen.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401, 429, 429, 429, 200]);
      expect(first.ms).toBeLessThan(ANSWERED_MS);
      const slowest = Math.max(...seen.map(({ ms }) => ms));
      process.stderr.write(
        `Redis away (${signal}): first ${first.ms.toFixed(0)} ms, then at most ${slowest.toFixed(0)} ms\n`,
      );
      expect(slowest).toBeLessThan(ANSWERED_MS / 2); // once the outage is known, no request waits for it

      if (signal === 'SIGKILL') await stageRedis({ dir, port: redis.port });
      else redis.signal('SIGCONT');
      // Redis has counted nothing meanwhile, so this is let through again as soon as it decides.
      await until('shared counts', async () => (await login(url, 'other', 'wrong', '198.51.100.0')).status === 401);
      expect(output()).not.toMatch(/"level":(50|60)/);
    },
  );
});
