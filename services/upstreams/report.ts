import { Forbidden } from '../errors.js';
import type { Viewer } from '../viewer.js';
import type { Member } from './member.js';
import { upstreamPolicy } from './upstream-policy.js';
import type { Upstream } from './upstream.js';
import type { Upstreams } from './upstreams.js';

/** What administrators see of the services behind us, as this process knows them. */
export function reportUpstreams(viewer: Viewer, upstreams: Pick<Upstreams, 'all'>) {
  if (!upstreamPolicy.read(viewer)) throw new Forbidden();
  return upstreams.all().map(reportOf);
}

function reportOf(upstream: Upstream) {
  const { name, definition, breaker, inFlight, websockets, retries, refused, members } = upstream;
  const instances = members.map(instanceOf);
  const asked = instances.filter(({ state }) => state !== 'disabled');
  const up = asked.filter(({ state }) => state === 'up').length;
  const state = up === 0 ? 'down' : up < asked.length ? 'degraded' : 'up';
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

function instanceOf({ instance, health, inFlight, requests, failures, latencies, errors }: Member) {
  return {
    address: instance.url,
    state: instance.down ? ('disabled' as const) : health.state,
    weight: instance.weight,
    backup: instance.backup,
    inFlight,
    requests,
    failures,
    p50Ms: latencies.percentile(0.5),
    p99Ms: latencies.percentile(0.99),
    errors: [...errors],
  };
}
