import type { Models } from '../../models/index.js';

export type TagService = ReturnType<typeof createTagService>;

const MOST_USED = `SELECT name, post_count AS postCount FROM tags WHERE post_count > 0
  ORDER BY post_count DESC, name LIMIT ?`;

export function createTagService({ read }: Models) {
  return {
    /** The tags of published posts, most used first. */
    list: ({ limit }: { limit: number }) => read<{ name: string; postCount: number }>(MOST_USED, limit),
  };
}
