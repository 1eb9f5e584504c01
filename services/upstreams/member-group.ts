import { isConnectable } from './address-guard.js';
import { createPick, type Pick as PickOne } from './balancing.js';
import type { Instance } from './instance.js';
import type { Log } from './log.js';
import { Member, openPool } from './member.js';
import type { UpstreamHealth } from './upstream-health.js';
import type { UpstreamDefinition } from './upstreams-file.js';

interface Parts {
  name: string;
  definition: UpstreamDefinition;
  health: UpstreamHealth;
  log: Log;
}

/** The instances of one upstream, as they are now. */
export class MemberGroup {
  /** Those that are declared as down as well. */
  all: readonly Member[] = [];
  readonly #parts: Parts;
  readonly #pick: PickOne;
  #primaries: readonly Member[] = [];
  #backups: readonly Member[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#pick = createPick(parts.definition.balance);
  }

  /**
   * One that may be asked and has not been; a backup only when no other is left. Those that may not are left out before
   * one is picked: whoever stood next to them in turn would otherwise get their share as well.
   */
  choose(key: string, tried: readonly Member[]): Member | undefined {
    const mayBeAsked = (member: Member) => member.health.available && !tried.includes(member);
    for (const group of [this.#primaries, this.#backups]) {
      const candidates = group.every(mayBeAsked) ? group : group.filter(mayBeAsked);
      if (candidates.length === 0) continue;
      const member = this.#pick(candidates, key);
      if (member.health.allow()) return member;
    }
    return undefined;
  }

  /** Whether asking again could lead to one that has not been asked. */
  hasAnother(tried: readonly Member[]): boolean {
    return this.all.some((member) => !member.instance.down && member.health.available && !tried.includes(member));
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((member) => this.#close(member)));
  }

  /** Keeps what is known of the instances that stay. */
  update(instances: readonly Instance[]): void {
    const before = new Map(this.all.map((member) => [member.url, member]));
    const connectable = instances.filter(
      ({ url }) => this.#parts.definition.discovery === undefined || isConnectable(url),
    );
    this.all = connectable.map((instance) => {
      const known = before.get(instance.url);
      before.delete(instance.url);
      if (!known) return this.#open(instance);
      known.instance = instance;
      return known;
    });
    const usable = this.all.filter(({ instance }) => !instance.down);
    this.#primaries = usable.filter(({ instance }) => !instance.backup);
    this.#backups = usable.filter(({ instance }) => instance.backup);
    for (const gone of before.values()) void this.#close(gone); // once the requests under way have ended
    const refused = instances.filter((instance) => !connectable.includes(instance));
    for (const { url } of refused) this.#refuse(url, url);
  }

  #open(instance: Instance): Member {
    const { timeouts, maxConcurrent, discovery, allowPrivate = discovery !== undefined } = this.#parts.definition;
    const pool = openPool(instance.url, {
      connectMs: timeouts.connectMs,
      connections: maxConcurrent,
      allowPrivate,
      refused: (host, address) => this.#refuse(host, address),
    });
    return new Member(instance, pool, this.#parts.health.watch(instance, pool));
  }

  #close({ url, pool }: Member): Promise<void> {
    this.#parts.health.forget(url);
    return pool.close();
  }

  #refuse(host: string, address: string): void {
    this.#parts.log.warn({ upstream: this.#parts.name, host, address }, 'an address that it may not be at was refused');
  }
}
