import type { Models } from '../../models/index.js';
import type { PostStatus } from '../../models/post.js';
import { NotFound } from '../errors.js';
import type { Viewer } from '../viewer.js';
import { postPolicy } from './post-policy.js';
import { COUNT_KEYS } from './posts-key.js';

/** For one person: the posts, and which of them this person likes. */
export type ForViewer<P> = P & { likedByMe: boolean };

const STANDING = 'SELECT author_id AS authorId, status FROM posts WHERE id = ?';
const COUNT = 'SELECT like_count AS likeCount FROM posts WHERE id = ?';
const GIVE = 'INSERT OR IGNORE INTO likes (user_id, post_id, created_at) VALUES (?, ?, ?)';
const TAKE = 'DELETE FROM likes WHERE user_id = ? AND post_id = ?';
const LIKED = 'SELECT post_id AS id FROM likes WHERE user_id = ? AND post_id IN (SELECT value FROM json_each(?))';

/** Who likes which post. The posts' counts are kept by triggers. */
export function createLikes({ read, write, select, execute }: Models) {
  return {
    /** Likes or unlikes; saying it twice changes nothing. @throws NotFound */
    async set(viewer: Viewer, id: number, liked: boolean): Promise<{ likeCount: number; liked: boolean }> {
      const likeCount = await write(
        async (transaction) => {
          const [post] = await select<{ authorId: number; status: PostStatus }>(transaction, STANDING, id);
          if (!post || !postPolicy.read(viewer, post)) throw new NotFound();
          if (liked) await execute(transaction, GIVE, viewer.id, id, new Date());
          else await execute(transaction, TAKE, viewer.id, id);
          const [row] = await select<{ likeCount: number }>(transaction, COUNT, id);
          return row?.likeCount ?? 0;
        },
        [COUNT_KEYS.likeCount],
      );
      return { likeCount, liked };
    },

    /** The posts, each with whether the viewer likes it: one query for all. */
    async marked<P extends { id: number }>(viewer: Viewer | undefined, posts: readonly P[]): Promise<ForViewer<P>[]> {
      if (!viewer || posts.length === 0) return posts.map((post) => ({ ...post, likedByMe: false }));
      const rows = await read<{ id: number }>(LIKED, viewer.id, JSON.stringify(posts.map(({ id }) => id)));
      const liked = new Set(rows.map(({ id }) => id));
      return posts.map((post) => ({ ...post, likedByMe: liked.has(post.id) }));
    },
  };
}
