import type { Models } from '../../models/index.js';
import { POST_STATUSES } from '../../models/posts/post.js';
import type { StatusStats } from '../../models/stats/stats.js';
import { Forbidden } from '../errors.js';
import type { Viewer } from '../viewer.js';
import type { SignalSource } from '../cache/shared-signal.js';
import { lastDays } from './daily-stats.js';
import { statsPolicy } from './stats-policy.js';

export interface Overview {
  /** One for each state, also where there is no post. */
  statusStats: StatusStats[];
  /** Published posts by category slug, most first. */
  categoryStats: { category: string; count: number }[];
  /** Oldest first, one for each of the last 30 days in UTC, today included. */
  daily: DayStats[];
}

export interface DayStats {
  /** As 2026-11-20 */
  date: string;
  /** Published for the first time on that day, and public now. */
  posts: number;
  views: number;
  /** Given on that day and not taken back since. */
  likes: number;
}

export type StatsService = ReturnType<typeof createStatsService>;

const DAYS = 30;

/** Figures for administrators' charts. */
export function createStatsService({ models: { stats } }: { models: Models }) {
  return {
    /** Public figures: published posts, categories, and how often posts have been read. */
    figures: stats.figures,

    /** @throws Forbidden */
    async overview(viewer: Viewer, source?: SignalSource): Promise<Overview> {
      if (!statsPolicy.overview(viewer)) throw new Forbidden();
      const signal = source?.();
      const [statusStats, categoryStats, daily] = await Promise.all([
        byStatus(signal),
        stats.byCategory(),
        byDay(signal),
      ]);
      return { statusStats, categoryStats, daily };
    },
  };

  async function byStatus(signal: AbortSignal | undefined): Promise<StatusStats[]> {
    const found = await stats.byStatus(signal);
    return POST_STATUSES.map(
      (status) => found.find((row) => row.status === status) ?? { status, count: 0, totalViews: 0, totalLikes: 0 },
    );
  }

  async function byDay(signal: AbortSignal | undefined): Promise<DayStats[]> {
    const days = lastDays(DAYS);
    const since = days[0] ?? '';
    const [posts, views, likes] = await Promise.all([
      stats.postsByDay(since, signal),
      stats.viewsByDay(since, signal),
      stats.likesByDay(since, signal),
    ]);
    return days.map((date) => ({
      date,
      posts: posts.get(date) ?? 0,
      views: views.get(date) ?? 0,
      likes: likes.get(date) ?? 0,
    }));
  }
}
