import type { InstanceDefinition } from './instance-definition.js';
import type { InstanceSource } from './instance-source.js';

/** Provides a fixed list of instances. */
export function createStaticSource(instances: readonly InstanceDefinition[]): InstanceSource {
  return {
    current: () => instances,
    start(changed) {
      changed(instances);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
