import Emitter from 'node:events';
import { describe, expect, it } from 'vitest';
import { RateLimited, Unavailable } from '../services/errors.js';
import { overload } from './overload.js';
import type { Context } from './state.js';

/** A request that is answered when its `res` closes. */
const request = () => ({ req: { headers: {} }, res: new Emitter() }) as unknown as Context & { res: Emitter };
/** One whose body is on its way until its `req` ends. */
const sending = (ip: string) =>
  ({
    ip,
    req: Object.assign(new Emitter(), { headers: { 'content-length': '9' } }),
    res: new Emitter(),
  }) as unknown as Context & { req: Emitter; res: Emitter };
const next = () => Promise.resolve();

describe('overload', () => {
  it('refuses requests while too many are in flight, until one is answered', async () => {
    const layer = overload({ maxRequests: 2 });
    const [first, second] = [request(), request()];
    await layer(first, next);
    await layer(second, next);

    await expect(layer(request(), next)).rejects.toThrow(Unavailable);

    first.res.emit('close');
    await expect(layer(request(), next)).resolves.toBeUndefined();
  });

  it('refuses requests while the event loop is behind', async () => {
    let behind = true;
    const layer = overload({ isBehind: () => behind });

    await expect(layer(request(), next)).rejects.toThrow(Unavailable);
    behind = false;
    await expect(layer(request(), next)).resolves.toBeUndefined();
  });

  it('sends Retry-After', async () => {
    await expect(overload({ maxRequests: 0 })(request(), next)).rejects.toMatchObject({ retryAfterSeconds: 1 });
  });

  it('does not count what it has refused', async () => {
    const layer = overload({ maxRequests: 1 });
    const only = request();
    await layer(only, next);
    for (let time = 0; time < 5; time += 1) await layer(request(), next).catch(() => {});
    only.res.emit('close');

    await expect(layer(request(), next)).resolves.toBeUndefined();
  });

  it('counts a request that fails until its answer is sent, and not beyond', async () => {
    const layer = overload({ maxRequests: 1 });
    const failing = request();
    await expect(layer(failing, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');

    await expect(layer(request(), next)).rejects.toThrow(Unavailable);
    failing.res.emit('close');
    await expect(layer(request(), next)).resolves.toBeUndefined();
  });

  it('counts a request as in progress only once its body has arrived', async () => {
    const layer = overload({ maxRequests: 1 });
    const [slow, slower] = [sending('203.0.113.1'), sending('203.0.113.2')];
    await layer(slow, next);
    await layer(slower, next);
    slow.req.emit('end');

    await expect(layer(request(), next)).rejects.toThrow(Unavailable);
    slow.res.emit('close');
    await expect(layer(request(), next)).resolves.toBeUndefined();
  });

  it('bounds the bodies on their way, of one address and in all', async () => {
    const layer = overload({ maxArriving: 3, maxArrivingEach: 2 });
    const first = sending('203.0.113.1');
    await layer(first, next);
    await layer(sending('203.0.113.1'), next);

    await expect(layer(sending('203.0.113.1'), next)).rejects.toThrow(RateLimited);
    await layer(sending('203.0.113.2'), next);
    await expect(layer(sending('203.0.113.3'), next)).rejects.toThrow(Unavailable);
    await expect(layer(request(), next)).resolves.toBeUndefined();

    first.res.emit('close');
    await expect(layer(sending('203.0.113.1'), next)).resolves.toBeUndefined();
  });
});
