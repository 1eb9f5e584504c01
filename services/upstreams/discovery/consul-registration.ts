import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';
import { z } from 'zod';
import type { Log } from '../log.js';
import { backoffMs } from './backoff.js';
import { consulHeaders } from './consul-headers.js';

/** How often an agent is asked whether it still knows us: one that was started anew may not. */
const ASK_AGAIN_MS = 10_000;
const ANSWER_MS = 2_000;

interface Options {
  /** The agent's, as http://127.0.0.1:8500 */
  address: string;
  token: string | undefined;
  /** The name others find us by. */
  service: string;
  /** Where the agent and others reach us, as http://10.0.0.7:3000 */
  url: string;
  log: Log;
  askAgainMs?: number;
}

export type ConsulRegistration = ReturnType<typeof registerWithConsul>;

const registrationSchema = z.object({ Meta: z.object({ process: z.string().optional() }).nullable() });

/**
 * Makes a Consul agent know this server, with a check of /readyz, and keeps it so
 * (https://developer.hashicorp.com/consul/api-docs/agent/service). Goes on by itself while the agent is away.
 */
export function registerWithConsul({ address, token, service, url, log, askAgainMs = ASK_AGAIN_MS }: Options) {
  const { hostname: host, port, protocol } = new URL(url);
  const portNumber = Number(port) || (protocol === 'https:' ? 443 : 80);
  const id = `${service}-${hostname()}-${portNumber}`;
  const process = randomUUID();
  const closing = new AbortController();
  const keeping = keep();

  return {
    /**
     * Ends the registration, unless a successor at this address goes on with it. Never throws.
     *
     * @param handedOver whether there is one, which has perhaps not registered yet.
     */
    async end(handedOver: boolean): Promise<void> {
      closing.abort();
      await keeping;
      if (handedOver) return;
      try {
        if ((await holder()) === process) await call('PUT', `/v1/agent/service/deregister/${id}`);
      } catch (err) {
        log.warn({ err, id }, 'Consul was not told of the end; its check will find out');
      }
    },
  };

  async function keep(): Promise<void> {
    let registered = false;
    let failures = 0;
    while (!closing.signal.aborted) {
      try {
        if (!registered || (await holder()) === undefined) {
          await register();
          log.info({ id, agent: address }, registered ? 'registered anew with Consul' : 'registered with Consul');
        }
        registered = true;
        failures = 0;
      } catch (err) {
        failures += 1;
        if (failures === 1)
          log.warn({ err, id, agent: address }, 'the Consul agent is away; registering when it is back');
      }
      const pauseMs = failures > 0 ? backoffMs(failures) : askAgainMs;
      await wait(pauseMs, undefined, { signal: closing.signal, ref: false }).catch(() => {});
    }
  }

  async function register(): Promise<void> {
    const { statusCode } = await call('PUT', '/v1/agent/service/register?replace-existing-checks=true', {
      ID: id,
      Name: service,
      Address: host.replace(/^\[|\]$/g, ''),
      Port: portNumber,
      Meta: { process },
      Check: {
        HTTP: new URL('/readyz', url).href,
        Interval: '10s',
        Timeout: '2s',
        DeregisterCriticalServiceAfter: '10m', // what a killed process leaves
      },
    });
    if (statusCode !== 200) throw new Error(`the agent answers ${statusCode}`);
  }

  /** Which process has registered our id; undefined when the agent does not know it. */
  async function holder(): Promise<string | undefined> {
    const { statusCode, body } = await call('GET', `/v1/agent/service/${id}`);
    if (statusCode === 404) return undefined;
    if (statusCode !== 200) throw new Error(`the agent answers ${statusCode}`);
    return registrationSchema.parse(JSON.parse(body)).Meta?.process ?? 'another';
  }

  async function call(method: 'GET' | 'PUT', path: string, json?: object) {
    const { statusCode, body } = await request(new URL(path, address), {
      method,
      headers: { ...consulHeaders(token), 'content-type': 'application/json' },
      body: json === undefined ? null : JSON.stringify(json),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return { statusCode, body: await body.text() };
  }
}
