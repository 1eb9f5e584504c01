import { isDeepStrictEqual } from 'node:util';
import { createTrust } from './instance-health.js';
import type { InstanceSource } from './instance-source.js';
import { Upstream, type UpstreamLog } from './upstream.js';
import type { UpstreamDefinition, UpstreamDefinitions } from './upstreams-file.js';

export type Upstreams = ReturnType<typeof createUpstreams>;

/** The services behind us, by name. */
export function createUpstreams({ log }: { log: UpstreamLog }) {
  let known: ReadonlyMap<string, Upstream> = new Map();
  const retiring = new Set<Promise<void>>();

  return {
    find: (name: string): Upstream | undefined => known.get(name),
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

    async close(): Promise<void> {
      for (const upstream of known.values()) retire(upstream);
      known = new Map();
      await Promise.all(retiring);
    },
  };

  function open(name: string, definition: UpstreamDefinition): Upstream {
    return new Upstream({ name, definition, source: sourceOf(definition), createHealth: createTrust, log });
  }

  function retire(upstream: Upstream): void {
    const ended = upstream.retire().catch((err: unknown) => log.warn({ err }, 'an upstream did not close'));
    retiring.add(ended);
    void ended.finally(() => retiring.delete(ended));
  }
}

function sourceOf({ instances = [] }: UpstreamDefinition): InstanceSource {
  return { current: () => instances, start: () => Promise.resolve(), close: () => Promise.resolve() };
}
