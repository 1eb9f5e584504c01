import type { PostStatus } from '../../models/post.js';

/** A post as lists show it. Times are ISO 8601 UTC. */
export interface PostSummary {
  id: number;
  slug: string;
  title: string;
  excerpt: string;
  author: { id: number; username: string; name: string | null; avatar: string | null };
  /** The category's slug. */
  category: string;
  tags: string[];
  coverImage: string | null;
  status: PostStatus;
  viewCount: number;
  likeCount: number;
  commentCount: number;
  publishedAt: string | null;
  createdAt: string;
  updatedAt: string;
  version: number;
}

/** A whole post: Markdown as written, and as safe HTML. */
export type PostDetail = PostSummary & { content: string; html: string };

/** The SELECT list of a summary, over `POST_TABLES`. */
export const SUMMARY_COLUMNS = `p.id, p.slug, p.title, p.excerpt, p.tags, p.cover_image AS coverImage, p.status,
  p.view_count AS viewCount, p.like_count AS likeCount, p.comment_count AS commentCount, p.version,
  p.published_at AS publishedAt, p.created_at AS createdAt, p.updated_at AS updatedAt,
  c.slug AS category, u.id AS authorId, u.username, u.name AS authorName, u.avatar AS authorAvatar`;
export const DETAIL_COLUMNS = `${SUMMARY_COLUMNS}, p.content, p.html`;

/** CROSS JOIN keeps posts outermost (https://www.sqlite.org/optoverview.html#crossjoin): their index gives the order. */
export const POST_TABLES = `posts p CROSS JOIN users u ON u.id = p.author_id CROSS JOIN categories c ON c.id = p.category_id`;

interface Row extends Omit<PostSummary, 'author' | 'tags'> {
  authorId: number;
  username: string;
  authorName: string | null;
  authorAvatar: string | null;
  tags: string;
}

export function summaryOf(row: object): PostSummary {
  const post = row as Row;
  return {
    id: post.id,
    slug: post.slug,
    title: post.title,
    excerpt: post.excerpt,
    author: { id: post.authorId, username: post.username, name: post.authorName, avatar: post.authorAvatar },
    category: post.category,
    tags: JSON.parse(post.tags) as string[],
    coverImage: post.coverImage,
    status: post.status,
    viewCount: post.viewCount,
    likeCount: post.likeCount,
    commentCount: post.commentCount,
    publishedAt: post.publishedAt && isoTime(post.publishedAt),
    createdAt: isoTime(post.createdAt),
    updatedAt: isoTime(post.updatedAt),
    version: post.version,
  };
}

export function detailOf(row: object): PostDetail {
  const { content, html } = row as PostDetail;
  return { ...summaryOf(row), content, html };
}

/** Sequelize writes `2026-11-20 10:25:04.359 +00:00` into SQLite; a Date in between would cost more than the row. */
export function isoTime(stored: string): string {
  return `${stored.slice(0, 10)}T${stored.slice(11, 23)}Z`;
}
