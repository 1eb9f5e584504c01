import { Forbidden } from '../errors.js';
import type { Viewer } from '../viewer.js';
import type { Instance } from './balancing/instance.js';
import type { Gateway } from './create-gateway.js';
import { upstreamPolicy } from './upstream-policy.js';
import type { Upstream } from './upstream.js';

/** Returns what administrators see of the upstreams, as this process knows them. @throws Forbidden */
export function reportUpstreams(viewer: Viewer, gateway: Pick<Gateway, 'all'>) {
  if (!upstreamPolicy.read(viewer)) throw new Forbidden();
  return gateway.all().map(reportOf);
}

function reportOf(upstream: Upstream) {
  const { name, definition, breaker, inFlight, websockets, retries, refused } = upstream;
  const instances = upstream.instances.map(instanceReport);
  const enabled = instances.filter(({ state }) => state !== 'disabled');
  const up = enabled.filter(({ state }) => state === 'up').length;
  const state = up === 0 ? 'down' : up < enabled.length ? 'degraded' : 'up';
  return {
    name,
    state,
    breaker,
    balance: definition.balance,
    inFlight,
    websockets,
    retries,
    refused,
    instances,
  } as const;
}

function instanceReport({ definition, health, inFlight, requests, failures, latencies, errors }: Instance) {
  return {
    address: definition.url,
    state: definition.down ? ('disabled' as const) : health.state,
    weight: definition.weight,
    backup: definition.backup,
    inFlight,
    requests,
    failures,
    p50Ms: latencies.percentile(0.5),
    p99Ms: latencies.percentile(0.99),
    errors: [...errors],
  };
}
