import { beforeEach, describe, expect, it } from 'vitest';
import type { Dispatcher } from 'undici';
import { breakerSchema, ejectionSchema } from '../config/health.schema.js';
import type { InstanceHealth } from './instance-health.js';
import { createUpstreamHealth, type UpstreamHealth } from './upstream-health.js';

const UNUSED = {} as Dispatcher; // there are no checks
let clock: number;
let lines: string[];
let upstream: UpstreamHealth;

beforeEach(() => {
  clock = 1_000_000;
  lines = [];
  upstream = create();
});

function create(ejection: object = {}): UpstreamHealth {
  const write = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return createUpstreamHealth({
    upstream: 'catalog',
    rules: {
      ejection: ejectionSchema.parse({ openMs: 1_000, ...ejection }),
      breaker: breakerSchema.parse({}),
      slowStartMs: 10_000,
    },
    log: { info: write, warn: write },
    now: () => clock,
  });
}

const watch = (port: number, down = false): InstanceHealth =>
  upstream.watch({ url: `http://127.0.0.1:${port}`, weight: 1, backup: false, down }, UNUSED);
const failing = (health: InstanceHealth) => {
  for (let n = 0; n < 5; n += 1) health.failed('ECONNREFUSED');
  return health;
};
const statesOf = (...all: InstanceHealth[]) => all.map(({ state }) => state).join(' ');

describe('an instance that fails', () => {
  it('is ejected at its fifth failure in a row, probed later, and starts with a small share', () => {
    const [one, two] = [watch(1), watch(2)];
    failing(one);
    expect([one.state, one.allow(), two.allow()]).toEqual(['ejected', false, true]);

    clock += 1_000;
    expect([one.state, one.allow(), one.allow()]).toEqual(['probing', true, false]);
    one.succeeded();
    expect([one.state, one.warmth, two.warmth]).toEqual(['up', 0.1, 1]);

    clock += 5_000;
    expect(one.warmth).toBe(0.5);
    clock += 5_000;
    expect(one.warmth).toBe(1);
  });

  it('is logged with the reason, once', () => {
    const [one] = [watch(1), watch(2)];
    failing(failing(one));

    expect(lines).toEqual([
      'requests to an instance fail; it is left out for a while ' +
        '{"upstream":"catalog","instance":"http://127.0.0.1:1","reason":"ECONNREFUSED","forMs":1000}',
    ]);
  });

  it('is never the last: two of three are ejected, and the third stays in use', () => {
    const [one, two, three] = [watch(1), watch(2), watch(3)];
    for (const health of [one, two, three]) failing(health);
    expect(statesOf(one, two, three)).toBe('ejected ejected up');

    clock += 1_000;
    one.allow();
    one.succeeded();
    three.failed('ECONNREFUSED');
    expect(statesOf(one, two, three)).toBe('up probing ejected');
  });

  it('is not ejected when it is the only one, nor when the others are down', () => {
    const one = failing(watch(1));
    expect(one.state).toBe('up');

    watch(2, true);
    const three = watch(3);
    three.recordCheck(false);
    expect([three.state, failing(one).state]).toEqual(['down', 'up']);
  });

  it('is ejected among others up to the declared share', () => {
    upstream = create({ maxEjectedPercent: 30 });
    const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((port) => failing(watch(port)));
    for (const health of all) failing(health);

    expect(all.filter(({ state }) => state === 'ejected')).toHaveLength(3);
  });

  it('is probed by the next request if the client of the probe disconnects', () => {
    const [one] = [failing(watch(1)), watch(2)];
    failing(one);
    clock += 1_000;
    expect([one.allow(), one.allow()]).toEqual([true, false]);

    one.abandoned();
    expect([one.state, one.allow()]).toEqual(['probing', true]);
  });
});

describe('an instance that joins', () => {
  it('starts with its full share together with the first, and with a small one beside others in use', () => {
    const [one, two] = [watch(1), watch(2)];
    one.succeeded();
    const three = watch(3);

    expect([one.warmth, two.warmth, three.warmth]).toEqual([1, 1, 0.1]);
    clock += 10_000;
    expect(three.warmth).toBe(1);
  });
});

describe('checks', () => {
  function checked() {
    upstream = createUpstreamHealth({
      upstream: 'catalog',
      rules: {
        health: { path: '/health', intervalMs: 3_600_000, timeoutMs: 1_000, rise: 2, fall: 3 },
        ejection: ejectionSchema.parse({ openMs: 1_000 }),
        breaker: breakerSchema.parse({}),
        slowStartMs: 10_000,
      },
      log: { info() {}, warn() {} },
      now: () => clock,
    });
    return [watch(1), watch(2)] as const;
  }

  it('take an instance out at the third failed one in a row, and bring it back at the second passed one', () => {
    const [one] = checked();
    for (const isGood of [false, false, true, false, false]) one.recordCheck(isGood);
    expect([one.state, one.allow()]).toEqual(['up', true]);

    one.recordCheck(false);
    expect([one.state, one.allow()]).toEqual(['down', false]);

    for (const isGood of [true, false, true]) one.recordCheck(isGood);
    expect(one.state).toBe('down');
    one.recordCheck(true);
    expect([one.state, one.allow(), one.warmth]).toEqual(['up', true, 0.1]);
  });

  it('end an ejection when they bring an instance back', () => {
    const [one] = checked();
    failing(one);
    for (const isGood of [false, false, false, true, true]) one.recordCheck(isGood);

    expect([one.state, one.allow(), one.allow()]).toEqual(['up', true, true]);
  });

  it('may take out all instances, since each is checked by itself', () => {
    const all = checked();
    for (const health of all) for (let n = 0; n < 3; n += 1) health.recordCheck(false);

    expect(statesOf(...all)).toBe('down down');
  });
});

describe('an upstream', () => {
  it('receives no requests for a while if half of them fail, then a probe', () => {
    for (let n = 0; n < 10; n += 1) {
      upstream.breaker.succeeded();
      upstream.breaker.failed();
    }
    expect([upstream.breaker.state, upstream.breaker.allow()]).toEqual(['open', false]);

    clock += 5_000;
    expect([upstream.breaker.allow(), upstream.breaker.allow()]).toEqual([true, false]);
    upstream.breaker.succeeded();
    expect(upstream.breaker.state).toBe('closed');
  });
});
