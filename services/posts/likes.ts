import type { Models } from '../../models/index.js';
import type { Actor } from '../actor.js';
import { postLiked } from '../cache/invalidation.js';
import type { CachedResponse, Responses } from '../cache/responses.js';
import { NotFound } from '../errors.js';
import type { Subject } from '../viewer.js';
import { writeAs } from '../write-as.js';
import type { ForViewer } from './post-cache.js';
import { postPolicy } from './post-policy.js';

const NONE: ReadonlySet<number> = new Set();

/** Who likes which post. */
export function createLikes(models: Models) {
  const { posts, likes } = models;

  return {
    /** Likes or unlikes; doing it twice changes nothing. @throws NotFound */
    set: async (actor: Actor, id: number, liked: boolean): Promise<{ likeCount: number; liked: boolean }> => {
      const likeCount = await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          const post = await posts.findAccessForUpdate(transaction, id);
          if (!post || !postPolicy.read(viewer, post)) throw new NotFound();
          await likes[liked ? 'add' : 'remove'](transaction, viewer.id, id);
          return likes.count(transaction, id);
        },
        postLiked({ id }),
      );
      return { likeCount, liked };
    },

    /** Marks what the viewer likes, by one query. Callers who like the same of an entry's posts get the same response. */
    async mark<Found extends { posts: ForViewer<{ id: number }>[]; responses?: Responses }>(
      viewer: Subject | undefined,
      found: Found,
    ): Promise<Found & { response: CachedResponse | undefined }> {
      const ids = viewer ? found.posts.map(({ id }) => id) : [];
      const liked = viewer && ids.length > 0 ? await likes.likedAmong(viewer.id, ids) : NONE;
      if (liked.size === 0) return { ...found, response: found.responses?.of('') };
      const posts = found.posts.map((post) => ({ ...post, likedByMe: liked.has(post.id) }));
      const variant = ids.filter((id) => liked.has(id)).join();
      return { ...found, posts, response: found.responses?.of(variant) };
    },
  };
}
