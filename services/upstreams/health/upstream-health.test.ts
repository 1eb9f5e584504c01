import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Pool } from 'undici';
import { until } from '../../../tests/support/until.js';
import { startUpstream, type UpstreamProcess } from '../../../tests/support/upstream.js';
import { breakerSchema, checkSchema, ejectionSchema } from '../config/health.schema.js';
import type { InstanceHealth } from './instance-health.js';
import { createUpstreamHealth, type UpstreamHealth } from './upstream-health.js';

interface Instance {
  pool: Pool;
  service: UpstreamProcess;
  health: InstanceHealth;
}
let upstream: UpstreamHealth;
let members: Instance[];

beforeEach(() => (members = []));
afterEach(async () => {
  upstream.close();
  await Promise.all(members.map(({ pool }) => pool.destroy()));
  await Promise.all(members.map(({ service }) => service.stop()));
});

async function start(health?: object): Promise<void> {
  upstream = createUpstreamHealth({
    upstream: 'catalog',
    rules: {
      health: health && checkSchema.parse({ path: '/figures', ...health }),
      ejection: ejectionSchema.parse({ openMs: 200, longestOpenMs: 1_000 }),
      breaker: breakerSchema.parse({}),
      slowStartMs: 500,
    },
    log: { info() {}, warn() {} },
  });
  for (const name of ['one', 'two', 'three']) {
    const service = await startUpstream({ name });
    const { url } = service;
    const pool = new Pool(url, { connect: { timeout: 500 } });
    members.push({ pool, service, health: upstream.watch({ url, weight: 1, backup: false, down: false }, pool) });
  }
}

/** Sends a request to an instance if its health allows it, and records the outcome. */
async function ask({ pool, health }: Instance): Promise<'not asked' | 'answered' | 'failed'> {
  if (!health.allow()) return 'not asked';
  try {
    const { body } = await pool.request({ path: '/figures', method: 'GET', headersTimeout: 300 });
    await body.dump();
    health.succeeded();
    return 'answered';
  } catch (error) {
    health.failed(String(error));
    return 'failed';
  }
}
const first = (): Instance => members[0] as Instance;

describe('an instance that is killed', () => {
  it('is left out after five requests, probed later, and back with a small share once it responds', async () => {
    await start();
    expect(await ask(first())).toBe('answered');
    await first().service.stop();

    const outcomes = [];
    for (let n = 0; n < 8; n += 1) outcomes.push(await ask(first()));
    expect(outcomes.filter((outcome) => outcome === 'failed')).toHaveLength(5);
    expect(outcomes.slice(5)).toEqual(['not asked', 'not asked', 'not asked']);

    first().service = await startUpstream({ port: first().service.port });
    await until('a request tries it, and is answered', async () => (await ask(first())) === 'answered');
    expect(first().health.state).toBe('up');
    expect(first().health.warmth).toBeLessThan(0.5);
    await until('it carries its full share', () => first().health.warmth === 1);
  });
});

describe('an instance whose checks fail', () => {
  it.each(['SIGKILL', 'SIGSTOP'] as const)('is left out after %s without any request, and back later', async (name) => {
    await start({ intervalMs: 50, timeoutMs: 100 });
    first().service.signal(name);
    const began = performance.now();
    await until('its checks fail', () => first().health.state === 'down');
    expect(performance.now() - began).toBeLessThan(8_000); // three rounds of 55 + 100 ms, on a busy machine
    expect(await ask(first())).toBe('not asked');
    expect(members.slice(1).map(({ health }) => health.state)).toEqual(['up', 'up']);

    await first().service.stop();
    first().service = await startUpstream({ port: first().service.port });
    await until('its checks are good', () => first().health.state === 'up');
    expect(await ask(first())).toBe('answered');
  });

  it.each(['/status?code=503', '/status?code=302', '/hang', '/stall', '/garbage', '/reset'])(
    'is left out if the check is %s',
    async (path) => {
      await start({ path, intervalMs: 50, timeoutMs: 100 });

      await until('all checks fail', () => members.every(({ health }) => health.state === 'down'));
      expect(await Promise.all(members.map(ask))).toEqual(['not asked', 'not asked', 'not asked']);
    },
  );
});
