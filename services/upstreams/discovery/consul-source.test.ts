import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startConsulAgent, type ConsulAgent } from '../../../tests/support/consul-agent.js';
import { until } from '../../../tests/support/until.js';
import type { InstanceDefinition } from './instance-definition.js';
import type { InstanceSource } from './instance-source.js';
import { createConsulSource } from './consul-source.js';
import { discoverySchema, type ConsulSettings } from '../config/discovery.schema.js';

const TOKEN = 'a-token-of-the-test';
const AWAY = 'the source of instances is away';

let agent: ConsulAgent;
let source: InstanceSource;
let lines: string[];
let heard: (readonly InstanceDefinition[])[];

beforeEach(async () => {
  agent = await startConsulAgent(TOKEN);
  await agent.register({ ID: 'one', Name: 'catalog', Address: '10.0.0.1', Port: 4101, Weights: { Passing: 3 } });
});
afterEach(async () => {
  await source.close();
  await agent.stop();
});

async function watch(settings: Record<string, unknown> = {}, token: string = TOKEN): Promise<void> {
  const given = { type: 'consul', service: 'catalog', address: agent.url, waitMs: 1_000, ...settings };
  lines = [];
  heard = [];
  const write = (fields: object, message: string) => {
    lines.push(message);
    expect(JSON.stringify(fields)).not.toContain(TOKEN);
  };
  source = createConsulSource(discoverySchema.parse(given) as ConsulSettings, { info: write, warn: write }, token);
  await source.start((instances) => heard.push(instances));
}

const urls = () => source.current().map(({ url }) => url);

describe('instances from Consul', () => {
  it('have the address, port and weight of the service, or the address of its node', async () => {
    await agent.register({ ID: 'two', Name: 'catalog', Port: 4102 });
    await agent.register({ ID: 'other', Name: 'weather', Port: 4103 });
    await watch();

    expect(source.current()).toEqual([
      { url: 'http://10.0.0.1:4101', weight: 3, backup: false, down: false },
      { url: 'http://127.0.0.1:4102', weight: 1, backup: false, down: false },
    ]);
  });

  it('change during a blocking query, long before its wait is over', async () => {
    await watch({ waitMs: 60_000 });

    await agent.register({ ID: 'two', Name: 'catalog', Port: 4102 });
    await until('the new instance is seen', () => urls().length === 2, { withinMs: 5_000 });
    await agent.deregister('one');
    await until('the old one is gone', () => urls().length === 1, { withinMs: 5_000 });
    expect(heard.map((instances) => instances.length)).toEqual([1, 2, 1]);
  });

  it('are none if no check passes', async () => {
    await watch();

    await agent.deregister('one');
    await until('nothing is left', () => urls().length === 0);
    expect(lines).not.toContain(AWAY);
  });

  it('are queried without an index after the index went backwards', async () => {
    for (let n = 0; n < 20; n += 1) await agent.register({ ID: 'two', Name: 'catalog', Port: 5000 + n });
    await watch({ waitMs: 3_000 });

    await agent.rewind();
    await agent.register({ ID: 'three', Name: 'catalog', Port: 4103 });
    await until('the wait for the old index is over', () => urls().length === 3);
    await agent.register({ ID: 'four', Name: 'catalog', Port: 4104 });
    await until('a change is heard of at once again', () => urls().length === 4, { withinMs: 2_000 });
    expect(lines).not.toContain(AWAY);
  });

  it('are read again after a restart of the agent', async () => {
    await watch();

    await agent.restart();
    await agent.register({ ID: 'three', Name: 'catalog', Port: 4103 });
    await until('the new instance is seen', () => urls().join() === 'http://127.0.0.1:4103');
    expect(heard.at(-1)).toEqual(source.current());
  });

  it('stay the last known ones while the agent returns 500, which is logged once', async () => {
    await watch();

    await agent.fail(true);
    await until('it is noticed', () => lines.includes(AWAY));
    expect(urls()).toEqual(['http://10.0.0.1:4101']);

    await agent.fail(false);
    await until('it is over', () => lines.includes('the source of instances answers again'));
    expect(lines.filter((line) => line === AWAY)).toHaveLength(1);
    expect(heard).toHaveLength(1);
  });

  it('stay the last known ones while the agent hangs', async () => {
    await watch();

    agent.signal('SIGSTOP');
    await until('it is noticed', () => lines.includes(AWAY));
    expect(urls()).toEqual(['http://10.0.0.1:4101']);

    agent.signal('SIGCONT');
    await agent.register({ ID: 'two', Name: 'catalog', Port: 4102 });
    await until('the new instance is seen', () => urls().length === 2);
  });

  it('are none, and are queried again, while the agent refuses the token', async () => {
    await watch({}, 'another token');

    expect(urls()).toEqual([]);
    expect(lines).toEqual([AWAY]);
  });

  it('are closed at once during a query', async () => {
    await watch({ waitMs: 60_000 });

    const began = performance.now();
    await source.close();
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
