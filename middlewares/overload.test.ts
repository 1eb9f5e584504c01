import Emitter from 'node:events';
import { describe, expect, it } from 'vitest';
import { Unavailable } from '../services/errors.js';
import { overload } from './overload.js';
import type { Context } from './state.js';

/** A request that is answered when its `res` closes. */
const request = () => ({ res: new Emitter() }) as unknown as Context & { res: Emitter };
const underWay = () => Promise.resolve();

describe('overload', () => {
  it('refuses what comes while too many requests are under way, until one is answered', async () => {
    const layer = overload({ maxInFlight: 2 });
    const [first, second] = [request(), request()];
    await layer(first, underWay);
    await layer(second, underWay);

    await expect(layer(request(), underWay)).rejects.toThrow(Unavailable);

    first.res.emit('close');
    await expect(layer(request(), underWay)).resolves.toBeUndefined();
  });

  it('says when to come back', async () => {
    await expect(overload({ maxInFlight: 0 })(request(), underWay)).rejects.toMatchObject({ retryAfterSeconds: 1 });
  });

  it('does not count what it has refused', async () => {
    const layer = overload({ maxInFlight: 1 });
    const only = request();
    await layer(only, underWay);
    for (let time = 0; time < 5; time += 1) await layer(request(), underWay).catch(() => {});
    only.res.emit('close');

    await expect(layer(request(), underWay)).resolves.toBeUndefined();
  });

  it('counts a request that fails until its answer is sent, and not beyond', async () => {
    const layer = overload({ maxInFlight: 1 });
    const failing = request();
    await expect(layer(failing, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');

    await expect(layer(request(), underWay)).rejects.toThrow(Unavailable);
    failing.res.emit('close');
    await expect(layer(request(), underWay)).resolves.toBeUndefined();
  });
});
