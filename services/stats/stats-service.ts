import type { Models } from '../../models/index.js';
import { POST_STATUSES, type PostStatus } from '../../models/post.js';
import { Forbidden } from '../errors.js';
import { dayOf } from '../posts/post-views.js';
import type { Viewer } from '../viewer.js';
import type { SignalSource } from '../cache/shared-signal.js';
import { statsPolicy } from './stats-policy.js';

export interface Overview {
  /** One for each state, also where there is no post. */
  statusStats: { status: PostStatus; count: number; totalViews: number; totalLikes: number }[];
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

export interface Figures {
  posts: number;
  categories: number;
  views: number;
}

export type StatsService = ReturnType<typeof createStatsService>;

const DAYS = 30;
const DAY_MS = 86_400_000;

// Each is answered from an index alone: the rows of a million posts would have to be read for one query of both.
const VIEWS_BY_STATUS =
  'SELECT status, count(*) AS count, sum(view_count) AS totalViews FROM posts INDEXED BY posts_by_views GROUP BY status';
const LIKES_BY_STATUS =
  'SELECT status, sum(like_count) AS totalLikes FROM posts INDEXED BY posts_by_likes GROUP BY status';
const CATEGORIES = 'SELECT slug AS category, post_count AS count FROM categories ORDER BY post_count DESC, id';
const POSTS_BY_DAY = `SELECT substr(published_at, 1, 10) AS day, count(*) AS count FROM posts
  WHERE status = 'published' AND published_at >= ? GROUP BY day`;
const LIKES_BY_DAY =
  'SELECT substr(created_at, 1, 10) AS day, count(*) AS count FROM likes WHERE created_at >= ? GROUP BY day';
/** Of rows that are few, whatever is published: counted as it happens. */
const FIGURES = `SELECT coalesce(sum(post_count), 0) AS posts, count(*) AS categories,
  (SELECT coalesce(sum(views), 0) FROM daily_views) AS views FROM categories`;
const VIEWS_BY_DAY = 'SELECT day, views AS count FROM daily_views WHERE day >= ?';

/** Figures for administrators' charts. */
export function createStatsService({ models: { read, readLong } }: { models: Models }) {
  return {
    /** What everybody may know: published posts, categories, and how often posts have been read. */
    async figures(): Promise<Figures> {
      const [row] = await read<Figures>(FIGURES);
      return row ?? { posts: 0, categories: 0, views: 0 };
    },

    /** @throws Forbidden */
    async overview(viewer: Viewer, source?: SignalSource): Promise<Overview> {
      if (!statsPolicy.overview(viewer)) throw new Forbidden();
      const signal = source?.();
      const [statusStats, categoryStats, daily] = await Promise.all([
        byStatus(signal),
        read<Overview['categoryStats'][number]>(CATEGORIES),
        byDay(signal),
      ]);
      return { statusStats, categoryStats, daily };
    },
  };

  async function byStatus(signal: AbortSignal | undefined): Promise<Overview['statusStats']> {
    const [viewed, liked] = await Promise.all([
      readLong<{ status: PostStatus; count: number; totalViews: number }>({ signal }, VIEWS_BY_STATUS),
      readLong<{ status: PostStatus; totalLikes: number }>({ signal }, LIKES_BY_STATUS),
    ]);
    return POST_STATUSES.map((status) => {
      const { count = 0, totalViews = 0 } = viewed.find((row) => row.status === status) ?? {};
      const { totalLikes = 0 } = liked.find((row) => row.status === status) ?? {};
      return { status, count, totalViews, totalLikes };
    });
  }

  async function byDay(signal: AbortSignal | undefined): Promise<DayStats[]> {
    const days = lastDays();
    const since = days[0] ?? '';
    const [posts, views, likes] = await Promise.all([POSTS_BY_DAY, VIEWS_BY_DAY, LIKES_BY_DAY].map(countsSince));
    return days.map((date) => ({
      date,
      posts: posts?.get(date) ?? 0,
      views: views?.get(date) ?? 0,
      likes: likes?.get(date) ?? 0,
    }));

    async function countsSince(sql: string): Promise<Map<string, number>> {
      const rows = await readLong<{ day: string; count: number }>({ signal }, sql, since);
      return new Map(rows.map(({ day, count }) => [day, count]));
    }
  }
}

function lastDays(): string[] {
  const today = Date.now();
  return Array.from({ length: DAYS }, (_, index) => dayOf(today - (DAYS - 1 - index) * DAY_MS));
}
