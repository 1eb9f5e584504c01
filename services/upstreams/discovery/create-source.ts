import type { InstanceSource } from '../instance-source.js';
import type { Log } from '../log.js';
import { createConsulSource } from './consul-source.js';
import type { DiscoverySettings } from './discovery.schema.js';
import { createDnsSource } from './dns-source.js';

interface Parts {
  log: Log;
  /** For Consul agents that ask for one. */
  consulToken: string | undefined;
}

/** The source that an upstream's `discovery` describes. Asks nobody before it is started. */
export function createSource(settings: DiscoverySettings, { log, consulToken }: Parts): InstanceSource {
  switch (settings.type) {
    case 'dns':
      return createDnsSource(settings, log);
    case 'consul':
      return createConsulSource(settings, log, consulToken);
  }
}
