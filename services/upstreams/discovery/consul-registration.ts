import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';
import { z } from 'zod';
import type { Log } from '../log.js';
import { backoffMs } from './backoff.js';
import { consulHeaders } from './consul-headers.js';

/** How often the registration is checked: an agent that was restarted may have lost it. */
const CHECK_MS = 10_000;
const TIMEOUT_MS = 2_000;

interface RegistrationOptions {
  /** The agent's, as http://127.0.0.1:8500 */
  address: string;
  token: string | undefined;
  /** The name others find us by. */
  service: string;
  /** Where the agent and others reach us, as http://10.0.0.7:3000 */
  url: string;
  log: Log;
  checkMs?: number;
}

export type ConsulRegistration = ReturnType<typeof registerWithConsul>;

const registrationSchema = z.object({ Meta: z.object({ process: z.string().optional() }).nullable() });

/**
 * Registers this server with a Consul agent, with a check of /readyz, and again whenever the agent has lost it
 * (https://developer.hashicorp.com/consul/api-docs/agent/service). Retries while the agent is away.
 */
export function registerWithConsul({ address, token, service, url, log, checkMs = CHECK_MS }: RegistrationOptions) {
  const { hostname: host, port, protocol } = new URL(url);
  const portNumber = Number(port) || (protocol === 'https:' ? 443 : 80);
  const id = `${service}-${hostname()}-${portNumber}`;
  const process = randomUUID();
  const closing = new AbortController();
  const ended = keepRegistered();

  return {
    /**
     * Deregisters, unless a successor at this address has taken the registration over. Never throws.
     *
     * @param handedOver whether there is a successor, which may not have registered yet.
     */
    async end(handedOver: boolean): Promise<void> {
      closing.abort();
      await ended;
      if (handedOver) return;
      try {
        if ((await holder()) === process) await call('PUT', `/v1/agent/service/deregister/${id}`);
      } catch (err) {
        log.warn({ err, id }, 'could not deregister from Consul; its check will notice');
      }
    },
  };

  async function keepRegistered(): Promise<void> {
    let registered = false;
    let failures = 0;
    while (!closing.signal.aborted) {
      try {
        if (!registered || (await holder()) === undefined) {
          await register();
          log.info({ id, agent: address }, registered ? 'registered again with Consul' : 'registered with Consul');
        }
        registered = true;
        failures = 0;
      } catch (err) {
        failures += 1;
        if (failures === 1)
          log.warn({ err, id, agent: address }, 'the Consul agent is away; registering when it is back');
      }
      const pauseMs = failures > 0 ? backoffMs(failures) : checkMs;
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
        DeregisterCriticalServiceAfter: '10m', // for a killed process
      },
    });
    if (statusCode !== 200) throw new Error(`the agent returns status ${statusCode}`);
  }

  /** Returns which process has registered our id; undefined when the agent does not know it. */
  async function holder(): Promise<string | undefined> {
    const { statusCode, body } = await call('GET', `/v1/agent/service/${id}`);
    if (statusCode === 404) return undefined;
    if (statusCode !== 200) throw new Error(`the agent returns status ${statusCode}`);
    return registrationSchema.parse(JSON.parse(body)).Meta?.process ?? 'another';
  }

  async function call(method: 'GET' | 'PUT', path: string, json?: object) {
    const { statusCode, body } = await request(new URL(path, address), {
      method,
      headers: { ...consulHeaders(token), 'content-type': 'application/json' },
      body: json === undefined ? null : JSON.stringify(json),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { statusCode, body: await body.text() };
  }
}
