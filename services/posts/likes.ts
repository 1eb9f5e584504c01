import { LRUCache } from 'lru-cache';
import type { Models } from '../../models/index.js';
import type { PostStatus } from '../../models/post.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import { NotFound } from '../errors.js';
import type { Subject } from '../viewer.js';
import { postPolicy } from './post-policy.js';
import { COUNT_KEYS } from './posts-key.js';

/** For one person: the posts, and which of them this person likes. */
export type ForViewer<P> = P & { likedByMe: boolean };

/** Lists with likes in them, of somebody. About ten kilobytes each, with the answer made of it. */
const MAX_REMEMBERED = 1_000;

const STANDING = 'SELECT author_id AS authorId, status FROM posts WHERE id = ?';
const COUNT = 'SELECT like_count AS likeCount FROM posts WHERE id = ?';
const GIVE = 'INSERT OR IGNORE INTO likes (user_id, post_id, created_at) VALUES (?, ?, ?)';
const TAKE = 'DELETE FROM likes WHERE user_id = ? AND post_id = ?';
const LIKED = 'SELECT post_id AS id FROM likes WHERE user_id = ? AND post_id IN (SELECT value FROM json_each(?))';

/** Who likes which post. The posts' counts are kept by triggers. */
export function createLikes(models: Models) {
  const { read, select, execute } = models;
  const remembered = new LRUCache<string, readonly object[]>({ max: MAX_REMEMBERED });
  const lists = new WeakMap<readonly object[], { number: number; unliked: readonly object[] }>();
  let count = 0;

  return {
    /** Likes or unlikes; saying it twice changes nothing. @throws NotFound */
    async set(actor: Actor, id: number, liked: boolean): Promise<{ likeCount: number; liked: boolean }> {
      const likeCount = await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const [post] = await select<{ authorId: number | null; status: PostStatus }>(transaction, STANDING, id);
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

    /**
     * The posts, each with whether the viewer likes it: one query for all. The same posts, told by the array they are
     * in, bring the same answer: whenever anybody likes anything, the cache hands out new arrays.
     */
    async marked<P extends { id: number }>(viewer: Subject | undefined, posts: readonly P[]): Promise<ForViewer<P>[]> {
      const { number, unliked } = listOf(posts);
      if (!viewer || posts.length === 0) return unliked;
      const key = `${viewer.id} ${number}`;
      const known = remembered.get(key) as ForViewer<P>[] | undefined;
      if (known) return known;

      const rows = await read<{ id: number }>(LIKED, viewer.id, JSON.stringify(posts.map(({ id }) => id)));
      const liked = new Set(rows.map(({ id }) => id));
      const marked = liked.size === 0 ? unliked : posts.map((post) => ({ ...post, likedByMe: liked.has(post.id) }));
      remembered.set(key, marked);
      return marked;
    },
  };

  function listOf<P extends object>(posts: readonly P[]): { number: number; unliked: ForViewer<P>[] } {
    let list = lists.get(posts);
    if (!list) {
      list = { number: count++, unliked: posts.map((post) => ({ ...post, likedByMe: false })) };
      lists.set(posts, list);
    }
    return list as { number: number; unliked: ForViewer<P>[] };
  }
}
