import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../models/index.js';
import type { Lease } from '../../models/leases/leases.js';
import { startConsulAgent } from '../support/consul-agent.js';
import { stagePm2 } from '../support/pm2.js';
import { freePort } from '../support/redis-server.js';
import type { ServerProcess } from '../support/server-process.js';
import { stageDir, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';

const TAKEN_OVER_MS = 10_000;
/** How long a lease lasts that is not renewed. */
const LIFETIME_MS = 6_000;
const JOBS = 'background jobs';

describe('of several workers, one at a time runs background work', () => {
  it('and another takes over within 10 s when it is killed', async () => {
    const { first, second, lease } = await stageTwo();
    const { holder } = await until('a holder', lease);

    const killedAt = performance.now();
    await first.stop('SIGKILL');
    await until('another holder', async () => (await lease())?.holder !== holder && isHeldBy(second), {
      withinMs: 2 * TAKEN_OVER_MS,
    });

    expect(performance.now() - killedAt).toBeLessThan(TAKEN_OVER_MS);
    expect((await lease())?.holder).not.toBe(holder);
  });

  it('and another takes over at once when it stops', async () => {
    const { first, second, lease } = await stageTwo();
    await until('a holder', lease);

    const stoppedAt = performance.now();
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    await until('another holder', () => isHeldBy(second));

    expect(performance.now() - stoppedAt).toBeLessThan(LIFETIME_MS);
  });

  it('and one that was paused notices that another has taken over, and stops', async () => {
    const { first, second, lease } = await stageTwo();
    const { holder } = await until('a holder', lease);

    first.signal('SIGSTOP');
    await until('another holder', () => isHeldBy(second), { withinMs: 2 * TAKEN_OVER_MS });
    const successor = await until('its lease', lease);
    first.signal('SIGCONT');
    await until('the loss', () => first.output().includes('lost the lease to another process'));

    await until('a renewal', async () => ((await lease())?.expiresAt ?? 0) > successor.expiresAt);
    expect((await lease())?.holder).toBe(successor.holder);
    expect(successor.holder).not.toBe(holder);
    await second.stop();
    await until('its turn', () => first.output().split('took the lease').length === 3);
  });

  it('and renews that every few seconds, which invalidates nothing that is cached', async () => {
    const { dir, lease } = await stageTwo();
    const versions = () => readFileSync(join(dir, 'allium.sqlite-versions')).toString('base64');
    const renewed = async (since: Lease) =>
      until('a renewal', async () => {
        const now = await lease();
        return now && now.expiresAt > since.expiresAt && now;
      });
    const first = await renewed(await until('a holder', lease));
    const before = versions();
    const second = await renewed(first);

    expect(second.expiresAt - first.expiresAt).toBeGreaterThan(2_500);
    expect(second.holder).toBe(first.holder);
    expect(versions()).toBe(before);
  });
});

describe('workers under pm2', () => {
  it('stay registered with Consul when there are fewer of them than before', async () => {
    const agent = await startConsulAgent();
    onTestFinished(agent.stop);
    const registered = async () => (await agent.passing('allium')).length === 1;
    const stage = stagePm2({ PORT: String(await freePort()), CONSUL_URL: agent.url });
    onTestFinished(stage.close);
    const started = await stage.pm2('start', 'ecosystem.config.js');
    expect(started.code, started.output).toBe(0);
    await until('a registration', registered, { withinMs: TAKEN_OVER_MS });

    expect((await stage.pm2('scale', 'allium', '1')).code).toBe(0);
    await until('one worker', async () => (await stage.workers()).length === 1);

    await until('its registration', registered, { withinMs: TAKEN_OVER_MS });
    const logged = () => readFileSync(join(stage.logs, 'allium-out.log'), 'utf8');
    expect(new Set(pidsThatTook(logged())).size).toBe(2);
    expect(pidsThatTook(logged()).at(-1)).toBe((await stage.workers())[0]?.pid);
  });
});

/** Two servers with one database, of which the first holds the lease. */
async function stageTwo() {
  const dir = stageDir();
  const first = await stageServer({ DATA_DIR: dir });
  await until('a holder', () => isHeldBy(first));
  const second = await stageServer({ DATA_DIR: dir });
  const { models, close } = openDatabase(join(dir, 'allium.sqlite'));
  onTestFinished(close);
  return { dir, first, second, lease: () => models.leases.find(JOBS) };
}

const isHeldBy = ({ output }: ServerProcess): boolean => output().includes('took the lease');

/** Which workers have taken the lease of background jobs, in this order. */
function pidsThatTook(log: string): number[] {
  const lines = log.split('\n').filter((line) => line.includes('took the lease') && line.includes(JOBS));
  return lines.map((line) => (JSON.parse(line) as { pid: number }).pid);
}
