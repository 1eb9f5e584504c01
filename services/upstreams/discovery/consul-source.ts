import { request } from 'undici';
import { z } from 'zod';
import type { InstanceDefinition } from './instance-definition.js';
import type { InstanceSource } from './instance-source.js';
import type { Log } from '../log.js';
import { withTimeout } from '../with-timeout.js';
import { consulHeaders } from './consul-headers.js';
import type { ConsulSettings } from '../config/discovery.schema.js';
import { createPolledSource, type Reading } from './polled-source.js';

/** The least time between two queries, for an agent that changes all the time or does not block. */
const MIN_INTERVAL_MS = 500;
/** Beyond the requested wait and the sixteenth that an agent may add to it. */
const SLACK_MS = 5_000;
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

const responseSchema = z.array(
  z.object({
    Node: z.object({ Address: z.string() }),
    Service: z.object({
      Address: z.string(),
      Port: z.int().min(1).max(65_535),
      Weights: z.object({ Passing: z.number() }).optional(),
    }),
  }),
);

/**
 * Provides the instances of a service whose checks pass, by Consul's blocking queries: an agent responds once there is a
 * change since the given index (https://developer.hashicorp.com/consul/api-docs/features/blocking).
 *
 * @param token sent as X-Consul-Token; needs `service:read` and `node:read`.
 */
export function createConsulSource(settings: ConsulSettings, log: Log, token?: string): InstanceSource {
  const { service, address, tag, datacenter, scheme, waitMs } = settings;
  let index = 0;

  return createPolledSource({ source: `consul ${service}`, log, read });

  async function read(closing: AbortSignal): Promise<Reading> {
    const startedAt = performance.now();
    const heldMs = index > 0 ? waitMs * (1 + 1 / 16) : 0;
    try {
      const { entries, given } = await withTimeout(heldMs + SLACK_MS, closing, fetchEntries);
      index = nextIndex(given);
      const instances = entries.map((entry) => instanceOf(entry, scheme));
      return { instances, againInMs: Math.max(MIN_INTERVAL_MS - (performance.now() - startedAt), 0) };
    } catch (error) {
      index = 0; // another agent may respond next: query it without blocking
      throw error;
    }
  }

  async function fetchEntries(signal: AbortSignal) {
    const { statusCode, headers, body } = await request(query(), {
      headers: consulHeaders(token),
      signal,
      headersTimeout: 0, // the signal limits both
      bodyTimeout: 0,
    });
    const text = await textOf(body);
    if (statusCode !== 200) throw new Error(`the agent returns status ${statusCode}`);
    return { entries: responseSchema.parse(JSON.parse(text)), given: Number(headers['x-consul-index']) };
  }

  function query(): URL {
    const url = new URL(`/v1/health/service/${encodeURIComponent(service)}`, address);
    url.searchParams.set('passing', '1');
    if (tag !== undefined) url.searchParams.set('tag', tag);
    if (datacenter !== undefined) url.searchParams.set('dc', datacenter);
    if (index > 0) {
      url.searchParams.set('index', String(index));
      url.searchParams.set('wait', `${waitMs}ms`);
    }
    return url;
  }

  /** Resets an index that goes backwards or is not a positive number ("Implementation details"). */
  function nextIndex(given: number): number {
    return Number.isSafeInteger(given) && given > 0 && given >= index ? given : 0;
  }
}

function instanceOf({ Node, Service }: z.output<typeof responseSchema>[number], scheme: string): InstanceDefinition {
  const address = Service.Address || Node.Address; // empty where the service is on its node
  const host = address.includes(':') ? `[${address}]` : address;
  const weight = Math.max(Math.floor(Service.Weights?.Passing ?? 1), 1);
  return { url: `${scheme}://${host}:${Service.Port}`, weight, backup: false, down: false };
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) throw new Error('the response is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
