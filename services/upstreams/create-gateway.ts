import { isDeepStrictEqual } from 'node:util';
import type { AccessTokens } from '../accounts/access-tokens.js';
import type { UpstreamDefinition, UpstreamDefinitions } from './config/upstreams-file.js';
import { createSource } from './discovery/create-source.js';
import { createUpstreamHealth } from './health/upstream-health.js';
import type { Log } from './log.js';
import { createUpstreamTokens } from './proxy/upstream-tokens.js';
import { createTunnels } from './tunnels/tunnels.js';
import { Upstream } from './upstream.js';

export type Gateway = ReturnType<typeof createGateway>;

interface GatewayOptions {
  log: Log;
  /** For Consul agents that require one. */
  consulToken: string | undefined;
  accessTokens: Pick<AccessTokens, 'issueFor'>;
}

/** Creates the gateway: the upstreams by name, the tokens they receive, and the connections that outlast a request. */
export function createGateway({ log, consulToken, accessTokens }: GatewayOptions) {
  let declared: ReadonlyMap<string, Upstream> = new Map();
  const temporary = new Map<string, Upstream>();
  const draining = new Set<Promise<void>>();

  return {
    tokens: createUpstreamTokens(accessTokens),
    tunnels: createTunnels(),

    find: (name: string): Upstream | undefined => declared.get(name) ?? temporary.get(name),
    /** Returns the declared ones. */
    all: (): Upstream[] => [...declared.values()],

    /** Replaces all upstreams. Unchanged ones stay; the others close after their requests in flight. */
    async declare(definitions: UpstreamDefinitions): Promise<void> {
      const next = new Map<string, Upstream>();
      const added: Upstream[] = [];
      for (const [name, definition] of definitions) {
        const before = declared.get(name);
        const same = before && isDeepStrictEqual(before.definition, definition);
        const upstream = same ? before : open(name, definition);
        if (!same) added.push(upstream);
        next.set(name, upstream);
      }
      const removed = [...declared.values()].filter((upstream) => next.get(upstream.name) !== upstream);
      await Promise.all(added.map((upstream) => upstream.start()));
      declared = next;
      removed.forEach(drain);
    },

    /** Adds an upstream that `all` does not return. @returns a function that removes it. */
    async addTemporary(name: string, definition: UpstreamDefinition): Promise<() => void> {
      const upstream = open(name, definition);
      await upstream.start();
      temporary.set(name, upstream);
      return () => {
        temporary.delete(name);
        drain(upstream);
      };
    },

    async close(): Promise<void> {
      for (const upstream of declared.values()) drain(upstream);
      declared = new Map();
      await Promise.all(draining);
    },
  };

  function open(name: string, definition: UpstreamDefinition): Upstream {
    const health = createUpstreamHealth({ upstream: name, rules: definition, log });
    const source = createSource(definition, { log, consulToken });
    return new Upstream({ name, definition, source, health, log });
  }

  function drain(upstream: Upstream): void {
    const drained = upstream.drain().catch((err: unknown) => log.warn({ err }, 'an upstream did not close'));
    draining.add(drained);
    void drained.finally(() => draining.delete(drained));
  }
}
