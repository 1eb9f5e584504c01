import type { Models } from '../../models/index.js';

export function createTagService({ tags }: Pick<Models, 'tags'>) {
  return {
    /** The tags of published posts, most used first. */
    list: ({ limit }: { limit: number }) => tags.mostUsed(limit),
  };
}
