import type { InstanceDefinition } from './instance-definition.js';

/** Provides the instances of an upstream: a list in the file, DNS, or a service registry. */
export interface InstanceSource {
  /** The last known ones, also while the source does not answer. */
  current(): readonly InstanceDefinition[];
  /** Calls `changed` at every change, until it is closed. Resolves after the first query. */
  start(changed: (instances: readonly InstanceDefinition[]) => void): Promise<void>;
  close(): Promise<void>;
}
