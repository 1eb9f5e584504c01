import { getServers } from 'node:dns';
import { isIPv6 } from 'node:net';
import type { Answer, SrvAnswer, StringAnswer } from 'dns-packet';
import type { InstanceDefinition } from './instance-definition.js';
import type { InstanceSource } from './instance-source.js';
import type { Log } from '../log.js';
import type { DnsSettings } from '../config/discovery.schema.js';
import { createDnsClient, NoSuchName, type DnsClient } from './dns-client.js';
import type { DnsServer } from './dns-transport.js';
import { createPolledSource, type Reading } from './polled-source.js';

/** Bounds of the TTL: servers are queried no more often, and changes are noticed within the longer time. */
const MIN_TTL_MS = 1_000;
const MAX_TTL_MS = 300_000;
/** Targets of one service that are looked up, however many a response contains. */
const MAX_TARGETS = 100;

type AddressType = 'A' | 'AAAA';
interface Host {
  addresses: string[];
  ttlSeconds: number;
}
interface Found {
  instances: InstanceDefinition[];
  ttlSeconds: number;
}

/**
 * Provides the instances of a name, and queries it again when the records' TTL has expired. Of SRV records (RFC 2782),
 * those of the lowest priority number are primary, all others backups; weights are used as they are.
 */
export function createDnsSource(settings: DnsSettings, log: Log): InstanceSource {
  const { name, record } = settings;
  const client = createDnsClient({ servers: settings.servers ?? systemServers() });
  return createPolledSource({
    source: `dns ${name}`,
    log,
    async read(signal): Promise<Reading> {
      const found = await (record === 'SRV'
        ? findServices(client, settings, signal)
        : findAddresses(client, settings, record, signal));
      const ttlMs = found.ttlSeconds * 1_000;
      return { instances: found.instances, againInMs: Math.min(Math.max(ttlMs, MIN_TTL_MS), MAX_TTL_MS) };
    },
  });
}

async function findAddresses(
  client: DnsClient,
  { name, port = 0, scheme }: DnsSettings,
  type: AddressType,
  signal: AbortSignal,
): Promise<Found> {
  const answers = await client.resolve(name, type, signal);
  const instances = addressesIn(answers, type).map((address) => instanceAt(address, port, scheme));
  if (instances.length === 0) throw new Error(`${name} has no ${type} records`);
  return { instances, ttlSeconds: shortestTtl(answers) };
}

async function findServices(client: DnsClient, settings: DnsSettings, signal: AbortSignal): Promise<Found> {
  const answers = await client.resolve(settings.name, 'SRV', signal);
  const services = answers.filter((answer): answer is SrvAnswer => answer.type === 'SRV').map(({ data }) => data);
  if (services.length === 0) throw new Error(`${settings.name} has no SRV records`);
  const offered = services.filter(({ target }) => target !== '.'); // RFC 2782: no such service at this domain
  const targets = [...new Set(offered.map(({ target }) => target.toLowerCase()))].slice(0, MAX_TARGETS);
  const hosts = new Map(await Promise.all(targets.map(async (name) => [name, await findHost(name)] as const)));
  const first = Math.min(...offered.map(({ priority = 0 }) => priority));

  const instances = offered.flatMap(({ target, port, priority = 0, weight = 0 }) =>
    (hosts.get(target.toLowerCase())?.addresses ?? []).map((address) => ({
      ...instanceAt(address, port, settings.scheme),
      weight: Math.max(weight, 1), // RFC 2782 gives a weight of 0 a small chance, not none
      backup: priority > first,
    })),
  );
  const ttls = [...hosts.values()].map(({ ttlSeconds }) => ttlSeconds);
  return { instances, ttlSeconds: Math.min(shortestTtl(answers), ...ttls) };

  /** Most servers add the targets' addresses. A target that does not exist is left out; the others stay. */
  async function findHost(target: string): Promise<Host> {
    const added = hostIn(answers.filter(({ name }) => name.toLowerCase() === target));
    if (added.addresses.length > 0) return added;
    try {
      const v4 = hostIn(await client.resolve(target, 'A', signal));
      return v4.addresses.length > 0 ? v4 : hostIn(await client.resolve(target, 'AAAA', signal));
    } catch (error) {
      if (error instanceof NoSuchName) return hostIn([]);
      throw error;
    }
  }
}

/** Uses one address family: a host would count twice otherwise. */
function hostIn(answers: readonly Answer[]): Host {
  const v4 = addressesIn(answers, 'A');
  const addresses = v4.length > 0 ? v4 : addressesIn(answers, 'AAAA');
  return { addresses, ttlSeconds: shortestTtl(answers) };
}

function addressesIn(answers: readonly Answer[], type: AddressType): string[] {
  return answers.filter((answer): answer is StringAnswer => answer.type === type).map(({ data }) => data);
}

/** Of all records, aliases included, but OPT, whose field has another meaning (RFC 6891 section 6.1.3). */
function shortestTtl(answers: readonly Answer[]): number {
  const ttls = answers.filter(({ type }) => type !== 'OPT').map((answer) => ('ttl' in answer && answer.ttl) || 0);
  return Math.min(...ttls, MAX_TTL_MS / 1_000);
}

function instanceAt(address: string, port: number, scheme: string): InstanceDefinition {
  const host = isIPv6(address) ? `[${address}]` : address;
  return { url: `${scheme}://${host}:${port}`, weight: 1, backup: false, down: false };
}

/** Returns the servers of resolv.conf(5): an address, with a port if it is not 53. */
function systemServers(): DnsServer[] {
  return getServers().map((text) => {
    const [, bracketed, port] = /^\[(.+)\]:(\d+)$/.exec(text) ?? /^([\d.]+):(\d+)$/.exec(text) ?? [];
    return { host: bracketed ?? text, port: Number(port ?? 53) };
  });
}
