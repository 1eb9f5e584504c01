import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startConsulAgent, type ConsulAgent } from '../../../tests/support/consul-agent.js';
import { startTestApp, type TestApp } from '../../../tests/support/start-test-app.js';
import { until } from '../../../tests/support/until.js';
import { registerWithConsul, type ConsulRegistration } from './consul-registration.js';

const TOKEN = 'a-token-of-the-test';

let agent: ConsulAgent;
let app: TestApp;
let lines: string[];
let opened: ConsulRegistration[];

beforeEach(async () => {
  [agent, app] = await Promise.all([startConsulAgent(TOKEN), startTestApp()]);
  lines = [];
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((registration) => registration.end(false)));
  await app.stop();
  await agent.stop();
});

function register(): ConsulRegistration {
  const write = (_fields: object, message: string) => void lines.push(message);
  const log = { info: write, warn: write };
  const options = { address: agent.url, token: TOKEN, service: 'allium', url: app.url, log, checkMs: 50 };
  const registration = registerWithConsul(options);
  opened.push(registration);
  return registration;
}
const passing = () => agent.passing('allium');

describe('the registration with Consul', () => {
  it('registers the server, which passes its check, until it closes', async () => {
    const registration = register();
    await until('it passes', async () => (await passing()).length === 1);

    await registration.end(false);
    expect(await passing()).toEqual([]);
  });

  it('is repeated when the agent has lost it', async () => {
    register();
    await until('it passes', async () => (await passing()).length === 1);

    await agent.restart();
    await until('it passes again', async () => (await passing()).length === 1);
    expect(lines).toContain('registered again with Consul');
  });

  it('waits for an agent that is away, and logs that once', async () => {
    await agent.fail(true);
    register();
    await until('it is noticed', () => lines.length > 0);

    await agent.fail(false);
    await until('it passes', async () => (await passing()).length === 1);
    expect(lines).toEqual(['the Consul agent is away; registering when it is back', 'registered with Consul']);
  });

  it('stays with a successor on the same port, as after a reload', async () => {
    const old = register();
    await until('it passes', async () => (await passing()).length === 1);
    register();
    await until('the successor has registered', () => lines.filter((line) => line === 'registered with Consul')[1]);

    await old.end(false);
    expect(await passing()).toHaveLength(1);
  });

  it('lasts from start to stop of a server with CONSUL_URL', async () => {
    const named = { CONSUL_URL: agent.url, CONSUL_TOKEN: TOKEN, CONSUL_SERVICE: 'front' };
    const server = await startTestApp(named);
    await until('it passes', async () => (await agent.passing('front')).length === 1);

    await server.stop();
    expect(await agent.passing('front')).toEqual([]);
  });
});
