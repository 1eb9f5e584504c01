import { isDeepStrictEqual } from 'node:util';
import { createSource } from './discovery/create-source.js';
import { createStaticSource } from './discovery/static-source.js';
import type { InstanceSource } from './instance-source.js';
import type { Log } from './log.js';
import { createUpstreamHealth } from './upstream-health.js';
import { Upstream } from './upstream.js';
import type { UpstreamDefinition, UpstreamDefinitions } from './upstreams-file.js';

export type Upstreams = ReturnType<typeof createUpstreams>;

interface Parts {
  log: Log;
  /** For Consul agents that ask for one. */
  consulToken: string | undefined;
}

/** The services behind us, by name. */
export function createUpstreams({ log, consulToken }: Parts) {
  let known: ReadonlyMap<string, Upstream> = new Map();
  const lent = new Map<string, Upstream>();
  const retiring = new Set<Promise<void>>();

  return {
    find: (name: string): Upstream | undefined => known.get(name) ?? lent.get(name),
    all: (): Upstream[] => [...known.values()],

    /** Takes these in place of the ones before. What has not changed stays; requests under way end where they are. */
    async declare(definitions: UpstreamDefinitions): Promise<void> {
      const next = new Map<string, Upstream>();
      const added: Upstream[] = [];
      for (const [name, definition] of definitions) {
        const before = known.get(name);
        const same = before && isDeepStrictEqual(before.definition, definition);
        const upstream = same ? before : open(name, definition);
        if (!same) added.push(upstream);
        next.set(name, upstream);
      }
      const gone = [...known.values()].filter((upstream) => next.get(upstream.name) !== upstream);
      await Promise.all(added.map((upstream) => upstream.start()));
      known = next;
      gone.forEach(retire);
    },

    /** Adds an upstream that no list shows, until the function it returns is called. */
    async lend(name: string, definition: UpstreamDefinition): Promise<() => void> {
      const upstream = open(name, definition);
      await upstream.start();
      lent.set(name, upstream);
      return () => {
        lent.delete(name);
        retire(upstream);
      };
    },

    async close(): Promise<void> {
      for (const upstream of known.values()) retire(upstream);
      known = new Map();
      await Promise.all(retiring);
    },
  };

  function open(name: string, definition: UpstreamDefinition): Upstream {
    const health = createUpstreamHealth({ upstream: name, rules: definition, log });
    return new Upstream({ name, definition, source: sourceOf(definition), health, log });
  }

  function retire(upstream: Upstream): void {
    const ended = upstream.retire().catch((err: unknown) => log.warn({ err }, 'an upstream did not close'));
    retiring.add(ended);
    void ended.finally(() => retiring.delete(ended));
  }

  /** Discovery takes the place of the list, which is what is known until it has found something. */
  function sourceOf({ instances = [], discovery }: UpstreamDefinition): InstanceSource {
    if (!discovery) return createStaticSource(instances);
    const source = createSource(discovery, { log, consulToken });
    const current = () => (source.current().length > 0 ? source.current() : instances);
    return { current, start: source.start, close: source.close };
  }
}
