import type { Models } from '../../models/index.js';
import type { DailyCount } from '../../models/stats/daily-counts.js';
import { dayOf } from '../../models/posts/views.js';
import type { Cache } from '../cache/cache.js';
import { ALL_POST_KEYS, DAILY_COUNTS_KEY } from '../cache/invalidation.js';
import type { CachedResponse } from '../cache/responses.js';
import type { SignalSource } from '../cache/shared-signal.js';
import { Forbidden } from '../errors.js';
import type { Viewer } from '../viewer.js';
import { percentile } from './percentile.js';
import { statsPolicy } from './stats-policy.js';

export interface DailyStats {
  /** In UTC, as 2026-11-20. */
  date: string;
  /** Published for the first time on that day, and public now. */
  posts: number;
  /** Made on that day, and there now; so are likes. */
  comments: number;
  likes: number;
  views: number;
  signIns: number;
  requests: number;
  /** Responses with a status of 500 or more. */
  errors: number;
  /** Null on a day without a request. */
  p50Ms: number | null;
  p99Ms: number | null;
}

const DAY_MS = 86_400_000;
const LATENCY = 'latency ';

/** The name under which durations of at most `ms` are counted, and longer than the next smaller ones. */
export const latencyName = (ms: number): string => `${LATENCY}${ms}`;

/** Figures by day for administrators' charts: of posts from the posts, of requests from what all processes have counted. */
export function createDailyStats({ models: { stats, dailyCounts }, cache }: { models: Models; cache: Cache }) {
  return {
    /** The last days, the oldest first, today included. @throws Forbidden */
    async show(viewer: Viewer, days: number, signal?: SignalSource) {
      if (!statsPolicy.overview(viewer)) throw new Forbidden();
      const dates = lastDays(days);
      const key = `stats:daily:${dates[0]}:${days}`;
      const tags = [...ALL_POST_KEYS, DAILY_COUNTS_KEY];
      const { value } = await cache.remember(
        { key, tags, local: true },
        async (shared) => ({ days: await find(dates, shared), response: {} as CachedResponse }),
        signal,
      );
      return value;
    },
  };

  async function find(dates: readonly string[], signal: AbortSignal): Promise<DailyStats[]> {
    const since = dates[0] ?? '';
    const [posts, comments, likes, views, counts] = await Promise.all([
      stats.postsByDay(since, signal),
      stats.commentsByDay(since, signal),
      stats.likesByDay(since, signal),
      stats.viewsByDay(since, signal),
      dailyCounts.since(since),
    ]);
    const byDay = new Map(dates.map((date): [string, DailyCount[]] => [date, []]));
    for (const count of counts) byDay.get(count.day)?.push(count);
    return dates.map((date) => ({
      date,
      posts: posts.get(date) ?? 0,
      comments: comments.get(date) ?? 0,
      likes: likes.get(date) ?? 0,
      views: views.get(date) ?? 0,
      ...trafficOf(byDay.get(date) ?? []),
    }));
  }
}

function trafficOf(counts: readonly DailyCount[]) {
  const amountOf = (wanted: string) => counts.find(({ name }) => name === wanted)?.amount ?? 0;
  const durations = counts
    .filter(({ name }) => name.startsWith(LATENCY))
    .map(({ name, amount }) => ({ upToMs: Number(name.slice(LATENCY.length)), count: amount }))
    .toSorted((one, other) => one.upToMs - other.upToMs);
  return {
    signIns: amountOf('sign-ins'),
    requests: amountOf('requests'),
    errors: amountOf('errors'),
    p50Ms: percentile(durations, 0.5),
    p99Ms: percentile(durations, 0.99),
  };
}

/** The oldest first, today included. */
export function lastDays(days: number): string[] {
  const today = Date.now();
  return Array.from({ length: days }, (_, index) => dayOf(today - (days - 1 - index) * DAY_MS));
}
