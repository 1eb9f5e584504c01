import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Totals } from '../services/stats/daily-metrics.js';
import { latencyName } from '../services/stats/daily-stats.js';
import type { Gateway } from '../services/upstreams/index.js';
import { routeOf } from './access-log.js';
import type { Middleware } from './state.js';

export type Metrics = ReturnType<typeof createMetrics>;

/** The process's own registry, so that two applications in one process (as in tests) do not share figures. */
export function createMetrics(gateway: Pick<Gateway, 'all'>) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request reaching the onion to its answer leaving it.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  addUpstreams(registry, gateway);
  return { registry, durations };
}

/** Counts and times requests by method, route pattern and status: never by path, which clients choose. */
export function metrics({ durations }: Metrics): Middleware {
  return async function metricsMiddleware(ctx, next) {
    const startedAt = performance.now();
    await next();
    const labels = { method: ctx.method, route: routeOf(ctx), status: ctx.status };
    durations.observe(labels, (performance.now() - startedAt) / 1000);
  };
}

/** All requests since the process began, for the figures by day; summed when it is called, so that requests pay nothing. */
export async function requestTotals({ durations }: Metrics): Promise<Totals> {
  const { values } = await durations.get();
  let [requests, errors] = [0, 0];
  const upTo = new Map<number, number>();
  for (const { metricName, labels, value } of values) {
    const { le } = labels as { le?: number | '+Inf' }; // of a bucket; prom-client's type leaves it out
    if (le !== undefined) {
      const ms = le === '+Inf' ? Infinity : le * 1000;
      upTo.set(ms, (upTo.get(ms) ?? 0) + value);
    } else if (metricName?.endsWith('_count')) {
      requests += value;
      if (Number(labels.status) >= 500) errors += value;
    }
  }
  const totals: Record<string, number> = { requests, errors };
  let shorter = 0;
  for (const [ms, count] of [...upTo].toSorted(([one], [other]) => one - other)) {
    totals[latencyName(ms)] = count - shorter;
    shorter = count;
  }
  return totals;
}

/** Of each instance behind the gateway; read when they are asked for, so that requests pay nothing. */
function addUpstreams(registry: Registry, gateway: Pick<Gateway, 'all'>): void {
  const figures = {
    requests_total: 'Requests sent to the instance.',
    failures_total: 'Of these, those that it did not answer as it should.',
    in_flight: 'Requests that it is working on.',
    up: '1 when it may be asked.',
  };
  for (const [name, help] of Object.entries(figures)) {
    const gauge = new Gauge({
      name: `upstream_${name}`,
      help,
      labelNames: ['upstream', 'instance'],
      registers: [registry],
      collect() {
        gauge.reset();
        for (const upstream of gateway.all()) {
          for (const { url, requests, failures, inFlight, health } of upstream.instances) {
            const values = {
              requests_total: requests,
              failures_total: failures,
              in_flight: inFlight,
              up: health.state === 'up' ? 1 : 0,
            };
            gauge.set({ upstream: upstream.name, instance: url }, values[name as keyof typeof values]);
          }
        }
      },
    });
  }
}
