import type { Instance } from './instance.js';

/** Says which instances an upstream has: a list in the file, DNS, or a registry of services. */
export interface InstanceSource {
  /** As last known; a source that is away keeps those. */
  current(): readonly Instance[];
  /** Calls `changed` at every change, until it is closed. Resolves once it has been asked for the first time. */
  start(changed: (instances: readonly Instance[]) => void): Promise<void>;
  close(): Promise<void>;
}
