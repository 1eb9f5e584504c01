import { aggregate, type Source } from '../aggregate.js';
import type { PostService } from '../posts/post-service.js';
import type { StatsService } from '../stats/stats-service.js';
import { fetchJson, type Gateway, type Log, type Upstream } from '../upstreams/index.js';
import type { Viewer } from '../viewer.js';

/** For everything together: a page waits for it. */
const DEADLINE_MS = 2_000;
const POSTS = 5;

interface HomeServiceDeps {
  posts: PostService;
  stats: StatsService;
  gateway: Pick<Gateway, 'all'>;
  log: Pick<Log, 'warn'>;
}

interface Visit {
  viewer: Viewer | undefined;
  /** Leads to the same instances again. */
  key: string;
  tokenFor: (upstream: Upstream) => string | undefined;
}

/** What a start page shows, of our own and of the services behind us. */
export function createHomeService({ posts, stats, gateway, log }: HomeServiceDeps) {
  return {
    async show({ viewer, key, tokenFor }: Visit) {
      const own = {
        posts: async (signal: AbortSignal) => {
          const sort = { field: 'publishedAt', descending: true } as const;
          return (await posts.page(viewer, { page: 1, limit: POSTS, sort }, () => signal)).posts;
        },
        stats: () => stats.figures(),
      };
      const theirs: Record<string, Source<unknown>> = {};
      for (const upstream of gateway.all()) {
        const path = homePathOf(upstream);
        if (path === undefined || (!viewer && upstream.requiresSignIn)) continue;
        theirs[upstream.name] = (signal) => fetchJson(upstream, { path, key, signal, token: tokenFor(upstream) });
      }
      const [ours, others] = await Promise.all([ask(own), ask(theirs)]);
      return {
        ...ours.parts,
        upstreams: others.parts,
        partial: ours.partial || others.partial,
        missing: [...ours.missing, ...others.missing],
      };
    },
  };

  function ask<S extends Record<string, Source<unknown>>>(sources: S) {
    return aggregate(sources, {
      deadlineMs: DEADLINE_MS,
      failed: (source, err) => log.warn({ source, err }, 'a part of the start page is missing'),
    });
  }
}

/** What its declaration says, or else the first path without a pattern that GET may ask for. */
function homePathOf({ definition: { home, allow } }: Upstream): string | undefined {
  if (home !== undefined) return home === false ? undefined : home;
  return allow
    .filter(({ methods }) => methods.includes('GET'))
    .flatMap(({ paths }) => paths)
    .find((path) => !/[*:]/.test(path));
}
