import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBoundedMemory } from './bounded-memory.js';
import { createCounters } from './counters.js';

afterEach(() => void vi.useRealTimers());

describe('counters in memory', () => {
  it('forget what was counted when the window ends, which begins with the first', async () => {
    vi.useFakeTimers();
    const counter = createCounters({ redis: undefined }).shared('tries', { points: 2, windowSeconds: 60 });

    expect(await counter.add('ada')).toEqual({ limit: 2, used: 1, resetSeconds: 60 });
    vi.advanceTimersByTime(50_000);
    expect(await counter.add('ada')).toEqual({ limit: 2, used: 2, resetSeconds: 10 });
    vi.advanceTimersByTime(10_000);
    expect(await counter.read('ada')).toMatchObject({ used: 0 });
    expect(await counter.add('ada')).toEqual({ limit: 2, used: 1, resetSeconds: 60 });
  });

  it('keep keys and names apart', async () => {
    const counters = createCounters({ redis: undefined });
    const [one, other] = ['one', 'other'].map((name) => counters.shared(name, { points: 9, windowSeconds: 60 }));
    await one?.add('ada');
    await one?.add('ada');

    expect(await one?.read('ada')).toMatchObject({ used: 2 });
    expect(await one?.read('bob')).toMatchObject({ used: 0 });
    expect(await other?.read('ada')).toMatchObject({ used: 0 });
  });

  it('take back and clear', async () => {
    const counter = createCounters({ redis: undefined }).shared('tries', { points: 9, windowSeconds: 60 });
    await counter.add('ada');
    await counter.add('ada');

    await counter.takeBack('ada');
    expect(await counter.read('ada')).toMatchObject({ used: 1 });
    await counter.clear('ada');
    expect(await counter.read('ada')).toMatchObject({ used: 0 });
  });
});

describe('the memory for counts', () => {
  it('does not grow with a million addresses, and keeps whom it sees often', async () => {
    const memory = createBoundedMemory(1_000);
    const limiter = memory.limiter({ keyPrefix: 'address', points: 10, duration: 60 });

    for (let index = 0; index < 1_000_000; index += 1) {
      void limiter.penalty(`2001:db8::${index}`);
      if (index % 500 === 0) void limiter.penalty('often');
    }

    expect(memory.size()).toBe(1_000);
    expect((await limiter.get('often'))?.consumedPoints).toBe(2_000);
  });
});
