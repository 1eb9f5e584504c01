import type { UpstreamDefinition } from '../config/upstreams-file.js';
import type { DiscoverySettings } from '../config/discovery.schema.js';
import type { Log } from '../log.js';
import { createConsulSource } from './consul-source.js';
import { createDnsSource } from './dns-source.js';
import type { InstanceSource } from './instance-source.js';
import { createStaticSource } from './static-source.js';

interface SourceOptions {
  log: Log;
  /** For Consul agents that require one. */
  consulToken: string | undefined;
}

/**
 * Creates the source of an upstream's instances, which asks no server before it is started. Discovery replaces the
 * declared list, which is used until discovery has found instances.
 */
export function createSource(
  { instances = [], discovery }: Pick<UpstreamDefinition, 'instances' | 'discovery'>,
  options: SourceOptions,
): InstanceSource {
  if (!discovery) return createStaticSource(instances);
  const source = discover(discovery, options);
  const current = () => (source.current().length > 0 ? source.current() : instances);
  return { current, start: source.start, close: source.close };
}

function discover(settings: DiscoverySettings, { log, consulToken }: SourceOptions): InstanceSource {
  switch (settings.type) {
    case 'dns':
      return createDnsSource(settings, log);
    case 'consul':
      return createConsulSource(settings, log, consulToken);
  }
}
