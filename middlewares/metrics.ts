import { Histogram, collectDefaultMetrics, Registry } from 'prom-client';
import { routeOf } from './access-log.js';
import type { Middleware } from './state.js';

export type Metrics = ReturnType<typeof createMetrics>;

/** The process's own registry, so that two applications in one process (as in tests) do not share figures. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request reaching the onion to its answer leaving it.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  return { registry, durations };
}

/** Counts and times requests by method, route pattern and status: never by path, which visitors choose. */
export function metrics({ durations }: Metrics): Middleware {
  return async function metricsMiddleware(ctx, next) {
    const startedAt = performance.now();
    await next();
    const labels = { method: ctx.method, route: routeOf(ctx), status: ctx.status };
    durations.observe(labels, (performance.now() - startedAt) / 1000);
  };
}
