import type { Models } from '../../models/index.js';
import type { PostSummary } from './post-rows.js';
import { COUNT_KEYS } from './posts-key.js';

type Counts = Pick<PostSummary, keyof typeof COUNT_KEYS>;
type Counted = Counts & { id: number };

const KEYS = Object.values(COUNT_KEYS);
const NOW = `SELECT id, view_count AS viewCount, like_count AS likeCount, comment_count AS commentCount
  FROM posts WHERE id IN (SELECT value FROM json_each(?))`;

export type PostCounts = ReturnType<typeof createPostCounts>;

/**
 * Brings the counts of posts up to date that have been kept for longer: by one look at primary keys after any count has
 * changed, and by none until then.
 */
export function createPostCounts({ read, versionOf }: Pick<Models, 'read' | 'versionOf'>) {
  /** By the array that the cache keeps and gives to everybody: what goes from there goes from here. */
  const known = new WeakMap<readonly object[], { version: string; posts: readonly object[] }>();

  return {
    /** Lets `read` find posts, whose counts are then known to be of this moment. */
    async found<Found extends { posts: Counted[] }>(find: () => Promise<Found>): Promise<Found> {
      const version = currentVersion();
      const found = await find();
      keep(found.posts, version, found.posts);
      return found;
    },

    /** The same posts with the counts of the last change that has been answered, in whichever process. */
    async upToDate<P extends Counted>(posts: readonly P[]): Promise<readonly P[]> {
      const version = currentVersion();
      const last = known.get(posts);
      if (last !== undefined && last.version === version) return last.posts as readonly P[];
      const rows = await read<Counted>(NOW, JSON.stringify(posts.map(({ id }) => id)));
      const counts = new Map(rows.map((row) => [row.id, row]));
      const current = posts.map((post) => ({ ...post, ...counts.get(post.id) }));
      keep(posts, version, current);
      return current;
    },
  };

  function keep(posts: readonly object[], version: string | undefined, current: readonly object[]): void {
    if (version !== undefined) known.set(posts, { version, posts: current });
  }

  /** Undefined while one of them is being changed: what is read then may be the old state or the new one. */
  function currentVersion(): string | undefined {
    const versions = KEYS.map(versionOf);
    return versions.includes(undefined) ? undefined : versions.join('.');
  }
}
