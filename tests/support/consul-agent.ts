import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from './redis-server.js';
import { until } from './until.js';

/** A mock Consul agent in a separate process; see consul-agent-process.js. */
export interface ConsulAgent {
  /** As http://127.0.0.1:8500 */
  url: string;
  /** Makes a service known, in the words of the agent's API. */
  register(service: Record<string, unknown>): Promise<void>;
  deregister(id: string): Promise<void>;
  /** The ids of a service's instances whose checks pass. */
  passing(service: string): Promise<string[]>;
  /** Whether every answer is to be a 500. */
  fail(on: boolean): Promise<void>;
  /** Resets its index. */
  rewind(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Restarts it on the same port with an empty catalog and a reset index. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @param token required of every request. */
export async function startConsulAgent(token?: string): Promise<ConsulAgent> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const call = async (path: string, init: RequestInit = {}) => {
    const headers = token === undefined ? {} : { 'x-consul-token': token };
    const answer = await fetch(url + path, { ...init, headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const start = async () => {
    const args = [join(import.meta.dirname, 'consul-agent-process.js'), String(port), ...(token ? [token] : [])];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const gone = once(child, 'exit');
    await until('the agent answers', () => call('/v1/health/service/none'));
    return { child, gone };
  };
  let running = await start();
  const stop = async () => {
    running.child.kill('SIGCONT');
    running.child.kill('SIGKILL');
    await running.gone;
  };

  return {
    url,
    stop,
    async register(service) {
      await call('/v1/agent/service/register', { method: 'PUT', body: JSON.stringify(service) });
    },
    async deregister(id) {
      await call(`/v1/agent/service/deregister/${id}`, { method: 'PUT' });
    },
    async passing(service) {
      const entries = (await (await call(`/v1/health/service/${service}?passing=1`)).json()) as Entry[];
      return entries.map(({ Service }) => Service.ID);
    },
    async fail(on) {
      await call(`/stand-in/fail?on=${on ? 1 : 0}`);
    },
    async rewind() {
      await call('/stand-in/rewind');
    },
    signal: (name) => void running.child.kill(name),
    async restart() {
      await stop();
      running = await start();
    },
  };
}

interface Entry {
  Service: { ID: string };
}
