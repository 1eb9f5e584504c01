import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Unavailable } from '../services/errors.js';
import type { Middleware } from './state.js';

interface Options {
  /** Requests under way at which more are refused. Each one holds memory until it is answered. */
  maxInFlight?: number;
  /** Mean event-loop delay, in milliseconds, above which for two seconds requests are refused. */
  maxDelayMs?: number;
}

const SAMPLE_MS = 1_000;
const NS_PER_MS = 1e6;

/** Refuses early while the process is behind, so that what it has taken on is still answered in time. */
export function overload({ maxInFlight = 2_000, maxDelayMs = 500 }: Options = {}): Middleware {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let late = false;
  let behind = false;
  setInterval(() => {
    const wasLate = late;
    late = delay.mean / NS_PER_MS > maxDelayMs;
    behind = late && wasLate; // twice in a row: a machine that stood still for a moment is over it already
    delay.reset();
  }, SAMPLE_MS).unref();
  let inFlight = 0;

  return async function overloadMiddleware(ctx, next) {
    if (behind || inFlight >= maxInFlight) {
      throw new Unavailable(behind ? 'the event loop is behind' : 'too many requests are under way', {
        retryAfterSeconds: 1,
      });
    }
    inFlight += 1;
    ctx.res.once('close', () => (inFlight -= 1));
    await next();
  };
}
