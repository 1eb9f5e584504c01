import { setTimeout as wait } from 'node:timers/promises';
import type { InstanceDefinition } from './instance-definition.js';
import type { InstanceSource } from './instance-source.js';
import type { Log } from '../log.js';
import { backoffMs } from './backoff.js';

/** The result of one query. */
export interface Reading {
  instances: readonly InstanceDefinition[];
  /** How long to wait before the next query. */
  againInMs: number;
}

interface PolledSourceOptions {
  /** What is queried, for the log. */
  source: string;
  /** Queries once. @throws when that fails; the last known instances then stay. */
  read: (signal: AbortSignal) => Promise<Reading>;
  log: Log;
}

/** Creates a source that queries repeatedly. An outage is logged once, and so is its end. */
export function createPolledSource({ source, read, log }: PolledSourceOptions): InstanceSource {
  const closing = new AbortController();
  let instances: readonly InstanceDefinition[] = [];
  let failures = 0;
  let polling = Promise.resolve();

  return {
    current: () => instances,
    async start(changed) {
      const againInMs = await poll(changed);
      polling = keepPolling(againInMs, changed);
    },
    close() {
      closing.abort();
      return polling;
    },
  };

  async function keepPolling(
    firstMs: number,
    changed: (instances: readonly InstanceDefinition[]) => void,
  ): Promise<void> {
    let againInMs = firstMs;
    while (!closing.signal.aborted) {
      await wait(againInMs, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      againInMs = await poll(changed);
    }
  }

  /** @returns the milliseconds until the next query. */
  async function poll(changed: (instances: readonly InstanceDefinition[]) => void): Promise<number> {
    if (closing.signal.aborted) return 0;
    try {
      const reading = await read(closing.signal);
      if (failures > 0) log.info({ source }, 'the source of instances answers again');
      failures = 0;
      take(reading.instances, changed);
      return reading.againInMs;
    } catch (err) {
      if (closing.signal.aborted) return 0;
      failures += 1;
      if (failures === 1) log.warn({ source, err, known: instances.length }, 'the source of instances is away');
      return backoffMs(failures);
    }
  }

  function take(
    found: readonly InstanceDefinition[],
    changed: (instances: readonly InstanceDefinition[]) => void,
  ): void {
    // The order differs, with DNS each time.
    const sorted = found.toSorted((one, other) => (one.url < other.url ? -1 : 1));
    if (JSON.stringify(sorted) === JSON.stringify(instances)) return;
    instances = sorted;
    log.info({ source, instances: sorted.map(({ url }) => url) }, 'the instances have changed');
    changed(sorted);
  }
}
