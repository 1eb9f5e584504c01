import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startConsulAgent } from '../../tests/support/consul-agent.js';
import { startDnsServer } from '../../tests/support/dns-server.js';
import { describeWith } from '../../tests/support/requires.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { EVERYTHING, startUpstream, writeUpstreams, type UpstreamProcess } from '../../tests/support/upstream.js';
import { until } from '../../tests/support/until.js';

let dir: string;
let services: UpstreamProcess[];
let app: TestApp;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-upstreams-'));
  services = await Promise.all(['one', 'two', 'three'].map((name) => startUpstream({ name })));
});
afterEach(async () => {
  await app.stop();
  await Promise.all(services.map((service) => service.stop()));
  rmSync(dir, { recursive: true });
});

async function declare(catalog: object, env: Record<string, string> = {}): Promise<void> {
  const file = join(dir, 'upstreams.json');
  writeUpstreams(file, { catalog: { allow: EVERYTHING, ...catalog } });
  app = await startTestApp({ UPSTREAMS_FILE: file, ...env });
}

/** Returns the names of the instances that respond, or the status of a failure; sorted, without duplicates. */
async function responding(requests: number): Promise<string[]> {
  const client = app.program();
  const answers = [];
  for (let n = 0; n < requests; n += 1) {
    const answer = await client.get('/gw/catalog/figures');
    answers.push(answer.status === 200 ? answer.json<{ name: string }>().name : String(answer.status));
  }
  return [...new Set(answers)].toSorted();
}

const portOf = (index: number) => services[index]?.port ?? 0;
const statesOf = () => app.services.gateway.find('catalog')?.instances.map(({ health }) => health.state);

describeWith('dnsmasq', 'an upstream with discovery by DNS', () => {
  const srv = (index: number) => `--srv-host=_http._tcp.catalog.internal,host.internal,${portOf(index)}`;
  const host = '--host-record=host.internal,127.0.0.1';

  it('receives requests at the instances of its records, and at others once they change', async () => {
    const dns = await startDnsServer([host, srv(0)]);
    await declare({ discovery: { type: 'dns', name: '_http._tcp.catalog.internal', servers: [dns.address] } });
    expect(await responding(3)).toEqual(['one']);

    await dns.restart([host, srv(1), srv(2)]);
    await until('the others are asked', async () => (await responding(4)).join() === 'three,two');

    await dns.stop(); // the last known ones stay
    expect(await responding(4)).toEqual(['three', 'two']);
  });
});

describe('an upstream with discovery by Consul', () => {
  it('receives requests at the instances whose checks pass, and at the last known ones while Consul is away', async () => {
    const agent = await startConsulAgent('a-token-of-the-test');
    const register = (index: number) =>
      agent.register({ ID: `catalog-${index}`, Name: 'catalog', Address: '127.0.0.1', Port: portOf(index) });
    await register(0);
    const discovery = { type: 'consul', service: 'catalog', address: agent.url };
    await declare({ discovery, slowStartMs: 0 }, { CONSUL_TOKEN: 'a-token-of-the-test' });
    expect(await responding(3)).toEqual(['one']);

    await register(1);
    await until('both are asked', async () => (await responding(4)).join() === 'one,two');

    await agent.stop();
    expect(await responding(4)).toEqual(['one', 'two']);
  });
});

describe('an upstream of three instances', () => {
  it('serves every request while one of them is dead, which is left out', async () => {
    await declare({ instances: services.map(({ url }) => url), ejection: { openMs: 200 }, slowStartMs: 100 });
    expect(await responding(6)).toEqual(['one', 'three', 'two']);

    const port = portOf(0);
    await services[0]?.stop();
    expect(await responding(30)).toEqual(['three', 'two']);
    expect(statesOf()?.slice(1)).toEqual(['up', 'up']);
    expect(['ejected', 'probing']).toContain(statesOf()?.[0]);

    services[0] = await startUpstream({ name: 'one', port });
    await until('it is asked again', async () => (await responding(6)).includes('one'));
    expect(statesOf()).toEqual(['up', 'up', 'up']);
  });

  it('receives requests evenly at the instances that are left', async () => {
    const health = { path: '/figures', intervalMs: 50, timeoutMs: 200 };
    await declare({ instances: services.map(({ url }) => url), health });
    services[1]?.signal('SIGSTOP');
    await until('it is down', () => statesOf()?.[1] === 'down');

    await responding(20);
    const requests = app.services.gateway.find('catalog')?.instances.map((member) => member.requests);
    expect(requests).toEqual([10, 0, 10]);
  });

  it('is a 503 at once when the checks of all fail, and works when they pass again', async () => {
    const health = { path: '/figures', intervalMs: 50, timeoutMs: 500 };
    await declare({ instances: services.map(({ url }) => url), health });
    for (const service of services) service.signal('SIGSTOP');
    await until('all are down', () => statesOf()?.every((state) => state === 'down'));
    const began = performance.now();
    expect(await responding(1)).toEqual(['503']);
    expect(performance.now() - began).toBeLessThan(4_000);

    for (const service of services) service.signal('SIGCONT');
    await until('all are up', () => statesOf()?.every((state) => state === 'up'));
    expect(await responding(6)).toEqual(['one', 'three', 'two']);
  });

  it('receives no requests for a while if half of them fail, at any instance', async () => {
    await declare({ instances: services.map(({ url }) => url), breaker: { minimumRequests: 5 } });
    await Promise.all(services.map((service) => service.stop()));

    expect(await responding(5)).toEqual(['502']);
    expect(await responding(5)).toEqual(['503']);
  });
});
