import type { Engine } from '../dialects/engine.js';

export interface ExportedPost {
  id: number;
  slug: string;
  title: string;
  content: string;
  excerpt: string;
  category: string;
  /** JSON. */
  tags: string;
  coverImage: string | null;
  status: string;
  publishedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** Rows in one query: their texts are in memory together. */
const BATCH = 50;

const POST_IDS = 'SELECT id FROM posts WHERE author_id = ? ORDER BY id';
const COMMENT_IDS = 'SELECT id FROM comments WHERE author_id = ? ORDER BY id';
const LIKED_IDS = 'SELECT post_id AS id FROM likes WHERE user_id = ? ORDER BY post_id';

export type AccountData = ReturnType<typeof createAccountData>;

/** What an account has made, in small batches: the ids first, which take eight bytes each. */
export function createAccountData({ read, readLong, words }: Engine) {
  const { idsIn, isoTime } = words;
  const POSTS = `SELECT p.id, p.slug, p.title, p.content, p.excerpt, c.slug AS category, p.tags,
      p.cover_image AS "coverImage", p.status, ${isoTime('p.published_at')} AS "publishedAt",
      ${isoTime('p.created_at')} AS "createdAt", ${isoTime('p.updated_at')} AS "updatedAt"
    FROM posts p JOIN categories c ON c.id = p.category_id WHERE p.id IN (${idsIn}) ORDER BY p.id`;
  const COMMENTS = `SELECT id, post_id AS "postId", parent_id AS "parentId", content,
      ${isoTime('created_at')} AS "createdAt", ${isoTime('updated_at')} AS "updatedAt"
    FROM comments WHERE id IN (${idsIn}) ORDER BY id`;
  const LIKES = `SELECT p.id AS "postId", p.slug, p.title, ${isoTime('l.created_at')} AS "likedAt"
    FROM likes l JOIN posts p ON p.id = l.post_id
    WHERE l.post_id IN (${idsIn}) AND l.user_id = ? AND p.status = 'published' ORDER BY p.id`;
  const FOLLOWS = `SELECT u.username, ${isoTime('f.created_at')} AS "followedAt"
    FROM follows f JOIN users u ON u.id = f.followee_id WHERE f.follower_id = ? ORDER BY u.username`;

  return {
    posts: (userId: number) => inBatches<ExportedPost>(POST_IDS, POSTS, userId),
    comments: (userId: number) => inBatches<object>(COMMENT_IDS, COMMENTS, userId),
    /** Of posts that are public now. */
    likes: (userId: number) => inBatches<object>(LIKED_IDS, LIKES, userId, [userId]),
    /** The accounts that this one follows. */
    follows: (userId: number) => readLong<object>({}, FOLLOWS, userId),
  };

  async function* inBatches<Row extends object>(
    idsOf: string,
    sql: string,
    userId: number,
    more: number[] = [],
  ): AsyncGenerator<Row, void, void> {
    const ids = (await readLong<{ id: number }>({}, idsOf, userId)).map(({ id }) => id);
    for (let start = 0; start < ids.length; start += BATCH) {
      yield* await read<Row>(sql, JSON.stringify(ids.slice(start, start + BATCH)), ...more);
    }
  }
}
