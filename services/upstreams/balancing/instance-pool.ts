import { Pool } from 'undici';
import type { UpstreamDefinition } from '../config/upstreams-file.js';
import type { InstanceDefinition } from '../discovery/instance-definition.js';
import type { UpstreamHealth } from '../health/upstream-health.js';
import type { Log } from '../log.js';
import { guardedLookup, isConnectable } from './address-guard.js';
import { createPick, type Pick as PickOne } from './balancing.js';
import { Instance } from './instance.js';

interface InstancePoolOptions {
  name: string;
  definition: UpstreamDefinition;
  health: UpstreamHealth;
  log: Log;
}

/** The current instances of one upstream. */
export class InstancePool {
  /** Including those declared as down. */
  all: readonly Instance[] = [];
  readonly #options: InstancePoolOptions;
  readonly #pick: PickOne;
  #primaries: readonly Instance[] = [];
  #backups: readonly Instance[] = [];

  constructor(options: InstancePoolOptions) {
    this.#options = options;
    this.#pick = createPick(options.definition.balance);
  }

  /**
   * Returns an available instance that was not tried; a backup only when no other is left. Unavailable ones are left out
   * before the choice: the next in turn would otherwise get their share as well.
   */
  choose(key: string, tried: readonly Instance[]): Instance | undefined {
    const isCandidate = (instance: Instance) => instance.health.available && !tried.includes(instance);
    for (const group of [this.#primaries, this.#backups]) {
      const candidates = group.every(isCandidate) ? group : group.filter(isCandidate);
      if (candidates.length === 0) continue;
      const instance = this.#pick(candidates, key);
      if (instance.health.allow()) return instance;
    }
    return undefined;
  }

  /** Returns whether an available instance is left that was not tried. */
  hasAnother(tried: readonly Instance[]): boolean {
    return this.all.some(
      (instance) => !instance.definition.down && instance.health.available && !tried.includes(instance),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((instance) => this.#close(instance)));
  }

  /** Replaces the instances; those that stay keep their connections, health and figures. */
  update(definitions: readonly InstanceDefinition[]): void {
    const before = new Map(this.all.map((instance) => [instance.url, instance]));
    const isDeclared = this.#options.definition.discovery === undefined;
    const connectable = definitions.filter(({ url }) => isDeclared || isConnectable(url));
    this.all = connectable.map((definition) => {
      const known = before.get(definition.url);
      before.delete(definition.url);
      if (!known) return this.#open(definition);
      known.definition = definition;
      return known;
    });
    const usable = this.all.filter(({ definition }) => !definition.down);
    this.#primaries = usable.filter(({ definition }) => !definition.backup);
    this.#backups = usable.filter(({ definition }) => definition.backup);
    for (const removed of before.values()) void this.#close(removed); // waits for its requests in flight
    const refused = definitions.filter((definition) => !connectable.includes(definition));
    for (const { url } of refused) this.#refuse(url, url);
  }

  #open(definition: InstanceDefinition): Instance {
    const { timeouts, maxConcurrent, discovery, allowPrivate = discovery !== undefined } = this.#options.definition;
    const lookup = guardedLookup({ allowPrivate, refused: (host, address) => this.#refuse(host, address) });
    const connections = new Pool(definition.url, {
      connections: maxConcurrent, // so that no request waits for one
      pipelining: 1,
      headersTimeout: 0, // a ProxyExchange has timers of its own, to the millisecond
      bodyTimeout: 0,
      connect: { timeout: timeouts.connectMs, lookup },
    });
    return new Instance(definition, connections, this.#options.health.watch(definition, connections));
  }

  #close({ url, connections }: Instance): Promise<void> {
    this.#options.health.unwatch(url);
    return connections.close();
  }

  #refuse(host: string, address: string): void {
    const { log, name: upstream } = this.#options;
    log.warn({ upstream, host, address }, 'refused a forbidden address of an upstream');
  }
}
