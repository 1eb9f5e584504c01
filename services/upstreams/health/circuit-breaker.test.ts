import { beforeEach, describe, expect, it } from 'vitest';
import { CircuitBreaker, type BreakerRules } from './circuit-breaker.js';

const rules: BreakerRules = {
  consecutiveFailures: 3,
  failurePercent: 50,
  minimumRequests: 10,
  windowMs: 10_000,
  openMs: 1_000,
  longestOpenMs: 4_000,
};
let clock: number;
let events: string[];
let breaker: CircuitBreaker;

beforeEach(() => {
  clock = 1_000_000;
  events = [];
  breaker = create();
});

function create(changed: Partial<BreakerRules> = {}, mayOpen?: () => boolean): CircuitBreaker {
  return new CircuitBreaker(
    { ...rules, ...changed },
    {
      now: () => clock,
      ...(mayOpen && { mayOpen }),
      onOpen: (ms) => events.push(`open ${ms}`),
      onClose: () => events.push('close'),
    },
  );
}

function times(count: number, act: () => void): void {
  for (let n = 0; n < count; n += 1) act();
}
const fail = () => breaker.failed();
const succeed = () => breaker.succeeded();

describe('a closed breaker', () => {
  it('lets all requests pass, and opens at the third failure in a row', () => {
    times(2, fail);
    succeed();
    times(2, fail);
    expect([breaker.state, breaker.allow()]).toEqual(['closed', true]);

    fail();
    expect([breaker.state, breaker.allow(), events]).toEqual(['open', false, ['open 1000']]);
  });

  it('opens when half of the requests fail, once there were enough', () => {
    times(4, () => [succeed(), fail()]);
    expect(breaker.state).toBe('closed');

    times(1, () => [succeed(), fail()]);
    expect(breaker.state).toBe('open');
  });

  it('ignores outcomes older than its window', () => {
    times(4, () => [succeed(), fail()]);
    clock += 11_000;
    times(9, succeed);
    fail();

    expect(breaker.state).toBe('closed');
  });

  it('counts all outcomes within its window', () => {
    times(5, () => {
      succeed();
      clock += 1_500;
      fail();
    });

    expect(breaker.state).toBe('open');
  });

  it('stays closed while it may not open, and opens at the next failure once it may', () => {
    let may = false;
    breaker = create({}, () => may);
    times(10, fail);
    expect(breaker.state).toBe('closed');

    may = true;
    fail();
    expect(breaker.state).toBe('open');
  });
});

describe('an open breaker', () => {
  beforeEach(() => times(3, fail));

  it('lets one probe pass after its pause, and closes when the probe succeeds', () => {
    clock += 999;
    expect([breaker.state, breaker.allow()]).toEqual(['open', false]);

    clock += 1;
    expect([breaker.state, breaker.available]).toEqual(['half-open', true]);
    expect([breaker.allow(), breaker.available, breaker.allow()]).toEqual([true, false, false]);

    succeed();
    expect([breaker.state, breaker.allow(), breaker.allow()]).toEqual(['closed', true, true]);
    expect(events).toEqual(['open 1000', 'close']);
  });

  it('doubles its pause each time the probe fails, up to a limit', () => {
    for (const openMs of [1_000, 2_000, 4_000, 4_000]) {
      clock += openMs - 1;
      expect(breaker.allow()).toBe(false);
      clock += 1;
      expect(breaker.allow()).toBe(true);
      fail();
    }
    expect(events).toEqual(['open 1000', 'open 2000', 'open 4000', 'open 4000', 'open 4000']);
  });

  it('doubles its pause if it opens again soon, and resets it after being closed for long', () => {
    clock += 1_000;
    breaker.allow();
    succeed();
    clock += 4_000;
    times(3, fail);
    expect(events.at(-1)).toBe('open 2000');

    clock += 2_000;
    breaker.allow();
    succeed();
    clock += 4_001;
    times(3, fail);
    expect(events.at(-1)).toBe('open 1000');
  });

  it('ignores late outcomes of earlier requests', () => {
    succeed();
    fail();

    expect(breaker.state).toBe('open');
    expect(events).toEqual(['open 1000']);
  });

  it('allows another probe when the client of the first disconnects', () => {
    clock += 1_000;
    breaker.allow();
    expect(breaker.allow()).toBe(false);

    breaker.abandoned();
    expect(breaker.allow()).toBe(true);
  });

  it('allows another probe if the outcome of the first is not reported for long', () => {
    clock += 1_000;
    breaker.allow();

    clock += 3_999;
    expect(breaker.allow()).toBe(false);
    clock += 1;
    expect(breaker.allow()).toBe(true);
  });
});
