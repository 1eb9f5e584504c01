import type { Engine } from '../dialects/engine.js';
import type { PostStatus } from '../posts/post.js';

export interface StatusStats {
  status: PostStatus;
  count: number;
  totalViews: number;
  totalLikes: number;
}

export interface Figures {
  posts: number;
  categories: number;
  views: number;
}

/** How many there are by day in UTC, as 2026-11-20. */
export type CountsByDay = ReadonlyMap<string, number>;

// Two queries, each answered from an index alone: one for both would read the row of every post.
const VIEWS_BY_STATUS = `SELECT status, count(*) AS count, sum(view_count) AS "totalViews" FROM posts GROUP BY status`;
const LIKES_BY_STATUS = `SELECT status, sum(like_count) AS "totalLikes" FROM posts GROUP BY status`;
const CATEGORIES = 'SELECT slug AS category, post_count AS count FROM categories ORDER BY post_count DESC, id';
const VIEWS_BY_DAY = 'SELECT day, views AS count FROM daily_views WHERE day >= ?';
/** Of rows that are few, however much is published: triggers count. */
const FIGURES = `SELECT coalesce(sum(post_count), 0) AS posts, count(*) AS categories,
  (SELECT coalesce(sum(views), 0) FROM daily_views) AS views FROM categories`;

export function createStats({ read, readLong, words }: Engine) {
  const publishedOn = words.dayOf('published_at');
  const postsByDay = `SELECT ${publishedOn} AS day, count(*) AS count FROM posts
    WHERE status = 'published' AND published_at >= ? GROUP BY ${publishedOn}`;
  const commentsByDay = `SELECT ${words.dayOf('created_at')} AS day, count(*) AS count FROM comments
    WHERE created_at >= ? GROUP BY ${words.dayOf('created_at')}`;
  const likedOn = words.dayOf('created_at');
  const likesByDay = `SELECT ${likedOn} AS day, count(*) AS count FROM likes
    WHERE created_at >= ? GROUP BY ${likedOn}`;

  return {
    /** Published posts, categories, and how often posts have been read. */
    async figures(): Promise<Figures> {
      const [row] = await read<Figures>(FIGURES);
      return row ?? { posts: 0, categories: 0, views: 0 };
    },

    /** Of the states in which there are posts. */
    async byStatus(signal?: AbortSignal): Promise<StatusStats[]> {
      const [viewed, liked] = await Promise.all([
        readLong<Omit<StatusStats, 'totalLikes'>>({ signal }, VIEWS_BY_STATUS),
        readLong<Pick<StatusStats, 'status' | 'totalLikes'>>({ signal }, LIKES_BY_STATUS),
      ]);
      const likes = new Map(liked.map(({ status, totalLikes }) => [status, totalLikes]));
      return viewed.map((row) => ({ ...row, totalLikes: likes.get(row.status) ?? 0 }));
    },

    /** Published posts by category slug, most first. */
    byCategory: (): Promise<{ category: string; count: number }[]> => read(CATEGORIES),

    /** Posts that are public now, by the day of their first publication. */
    postsByDay: (since: string, signal?: AbortSignal) => countsOf(postsByDay, new Date(since), signal),
    commentsByDay: (since: string, signal?: AbortSignal) => countsOf(commentsByDay, new Date(since), signal),
    viewsByDay: (since: string, signal?: AbortSignal) => countsOf(VIEWS_BY_DAY, since, signal),
    likesByDay: (since: string, signal?: AbortSignal) => countsOf(likesByDay, new Date(since), signal),
  };

  async function countsOf(sql: string, since: Date | string, signal?: AbortSignal): Promise<CountsByDay> {
    const rows = await readLong<{ day: string; count: number }>({ signal }, sql, since);
    return new Map(rows.map(({ day, count }) => [day, count]));
  }
}
