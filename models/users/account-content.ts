import type { Engine } from '../dialects/engine.js';
import type { Transaction } from '../queries.js';

/** How much an account has made. */
export interface ContentCounts {
  posts: number;
  comments: number;
  pictures: number;
}

/**
 * Rows in one transaction. The write lock is held for some 20 ms then: a deleted post leaves several indexes, that of
 * the search among them, while one that loses its author leaves a single one.
 */
const RELEASED = 250;
const DELETED = 20;

const COUNTS = `SELECT (SELECT count(*) FROM posts WHERE author_id = ?) AS posts,
  (SELECT count(*) FROM comments WHERE author_id = ?) AS comments,
  (SELECT count(*) FROM uploads WHERE owner_id = ?) AS pictures`;

const batch = (table: 'posts' | 'comments', size: number) =>
  `SELECT id FROM ${table} WHERE author_id = ? LIMIT ${size}`;
const RELEASE_POSTS = `UPDATE posts SET author_id = NULL WHERE id IN (${batch('posts', RELEASED)})
  RETURNING cover_image AS cover, CASE WHEN content LIKE '%/uploads/%' THEN content ELSE '' END AS content`;
const RELEASE_COMMENTS = `UPDATE comments SET author_id = NULL WHERE id IN (${batch('comments', RELEASED)}) RETURNING id`;
const PICTURE = /\/uploads\/([0-9a-f]{32})/g;

const DELETE_POSTS = `DELETE FROM posts WHERE id IN (${batch('posts', DELETED)}) RETURNING id`;
const DELETE_COMMENTS = `DELETE FROM comments WHERE id IN (${batch('comments', RELEASED)}) RETURNING id`;
const DELETE_LIKES = `DELETE FROM likes WHERE user_id = ? AND post_id IN
  (SELECT post_id FROM likes WHERE user_id = ? LIMIT ${RELEASED}) RETURNING post_id`;

/** One transaction's part of a long change. @returns whether there is more to do. */
export type Step = (transaction: Transaction, accountId: number) => Promise<boolean>;

/** What an account has written, liked and uploaded: counted, released from the account, or deleted, step by step. */
export function createAccountContent({ readLong, words }: Engine) {
  /** A file's name is 32 hexadecimal digits, then the width of a variant and the format. */
  const releasePictures = `UPDATE uploads SET owner_id = NULL
    WHERE owner_id = ? AND substr(filename, 1, 32) IN (${words.textsIn})`;

  const releasePosts: Step = async (transaction, id) => {
    const posts = await transaction.select<{ cover: string | null; content: string }>(RELEASE_POSTS, id);
    const shown = posts.flatMap(({ cover, content }) => [...`${cover ?? ''} ${content}`.matchAll(PICTURE)]);
    if (shown.length > 0) await transaction.execute(releasePictures, id, JSON.stringify(shown.map(([, key]) => key)));
    return posts.length === RELEASED;
  };
  const rows =
    (sql: string, size: number, ids: 1 | 2 = 1): Step =>
    async (transaction, id) =>
      (await transaction.select(sql, ...Array<number>(ids).fill(id))).length === size;
  const deleteLikes = rows(DELETE_LIKES, RELEASED, 2);

  return {
    /** @param signal ends the count. */
    async count(id: number, signal?: AbortSignal): Promise<ContentCounts> {
      const [counts] = await readLong<ContentCounts>({ signal }, COUNTS, id, id, id);
      return counts ?? { posts: 0, comments: 0, pictures: 0 };
    },

    /** Posts and comments lose their author. Pictures that these posts show lose their owner; the others stay. */
    release: [releasePosts, rows(RELEASE_COMMENTS, RELEASED), deleteLikes],
    /** Posts and comments go, with the comments and replies on them. */
    erase: [rows(DELETE_POSTS, DELETED), rows(DELETE_COMMENTS, RELEASED), deleteLikes],
  };
}
