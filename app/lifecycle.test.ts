import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createLifecycle } from './lifecycle.js';

const log = pino({ level: 'silent' });

describe('createLifecycle', () => {
  it('closes what was opened, newest first, each after the one before', async () => {
    const lifecycle = createLifecycle({ graceMs: 5_000, log });
    const closed: string[] = [];
    for (const name of ['database', 'http', 'sockets']) {
      lifecycle.opened(name, async () => {
        await Promise.resolve();
        closed.push(name);
      });
    }

    expect(await lifecycle.stop()).toBe(true);
    expect(closed).toEqual(['sockets', 'http', 'database']);
  });

  it('goes on closing after a part that fails, and says that it was not clean', async () => {
    const lifecycle = createLifecycle({ graceMs: 5_000, log });
    const closed: string[] = [];
    lifecycle.opened('database', () => Promise.resolve(closed.push('database')));
    lifecycle.opened('http', () => Promise.reject(new Error('stuck')));
    lifecycle.opened('sockets', () => {
      throw new Error('stuck at once');
    });

    expect(await lifecycle.stop()).toBe(false);
    expect(closed).toEqual(['database']);
  });

  it('closes everything once, however often stop is called', async () => {
    const lifecycle = createLifecycle({ graceMs: 5_000, log });
    let closed = 0;
    lifecycle.opened('database', () => Promise.resolve((closed += 1)));

    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    await lifecycle.stop();

    expect(closed).toBe(1);
  });

  it('gives up on a part that never closes when the grace is over', async () => {
    const lifecycle = createLifecycle({ graceMs: 20, log });
    lifecycle.opened('http', () => new Promise(() => {}));

    expect(lifecycle.stopping).toBe(false);
    const stopped = lifecycle.stop();
    expect(lifecycle.stopping).toBe(true);
    expect(await stopped).toBe(false);
  });
});
