import { request } from 'undici';
import { z } from 'zod';
import type { Instance } from '../instance.js';
import type { InstanceSource } from '../instance-source.js';
import type { Log } from '../log.js';
import { withinTime } from '../within-time.js';
import { consulHeaders } from './consul-headers.js';
import type { ConsulSettings } from './discovery.schema.js';
import { createPolledSource, type Reading } from './polled-source.js';

/** What an agent that is changing all the time, or that does not hold its answers back, is asked at most. */
const SHORTEST_MS = 500;
/** Beyond the wait asked for and the sixteenth that an agent may add to it. */
const SLACK_MS = 5_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const answerSchema = z.array(
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
 * The instances of a service whose checks pass, by Consul's blocking queries: an agent holds the answer back until
 * there is another one than that of the index given
 * (https://developer.hashicorp.com/consul/api-docs/features/blocking).
 *
 * @param token sent as X-Consul-Token; to be allowed `service:read` and `node:read`.
 */
export function createConsulSource(settings: ConsulSettings, log: Log, token?: string): InstanceSource {
  const { service, address, tag, datacenter, scheme, waitMs } = settings;
  let index = 0;

  return createPolledSource({ source: `consul ${service}`, log, read });

  async function read(closing: AbortSignal): Promise<Reading> {
    const asked = performance.now();
    const heldMs = index > 0 ? waitMs * (1 + 1 / 16) : 0;
    try {
      const { entries, given } = await withinTime(heldMs + SLACK_MS, closing, ask);
      index = nextIndex(given);
      const instances = entries.map((entry) => instanceOf(entry, scheme));
      return { instances, againInMs: Math.max(SHORTEST_MS - (performance.now() - asked), 0) };
    } catch (error) {
      index = 0; // the agent that comes back may be another one: ask it for all it knows, at once
      throw error;
    }
  }

  async function ask(signal: AbortSignal) {
    const { statusCode, headers, body } = await request(query(), {
      headers: consulHeaders(token),
      signal,
      headersTimeout: 0, // the signal says how long
      bodyTimeout: 0,
    });
    const text = await textOf(body);
    if (statusCode !== 200) throw new Error(`the agent answers ${statusCode}`);
    return { entries: answerSchema.parse(JSON.parse(text)), given: Number(headers['x-consul-index']) };
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

  /** An index that goes backwards starts anew, and one that is no number of its own never blocks ("Implementation"). */
  function nextIndex(given: number): number {
    return Number.isSafeInteger(given) && given > 0 && given >= index ? given : 0;
  }
}

function instanceOf({ Node, Service }: z.output<typeof answerSchema>[number], scheme: string): Instance {
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
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
