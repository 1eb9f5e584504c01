import type { Models } from '../../models/index.js';
import type { CategoryEntry } from '../../models/posts/categories.js';
import type { Actor } from '../actor.js';
import { categoryCreated } from '../cache/invalidation.js';
import { writeAs } from '../write-as.js';
import { CategoryTaken, Forbidden } from '../errors.js';
import { slugOf } from '../posts/slugs.js';
import { categoryPolicy } from './category-policy.js';

export interface NewCategory {
  /** Made from the English name when left out. */
  slug?: string | undefined;
  names: CategoryEntry['names'];
}

export const MAX_SLUG_LENGTH = 50;

export function createCategoryService({ models }: { models: Models }) {
  return {
    /** Oldest first: the order that administrators made them in. */
    list: models.categories.list,

    /** @throws Forbidden, CategoryTaken */
    async create(actor: Actor, { slug: given, names }: NewCategory): Promise<CategoryEntry> {
      const slug =
        given ??
        slugOf(names.en)
          .slice(0, MAX_SLUG_LENGTH)
          .toWellFormed()
          .replaceAll(/-$|\ufffd/g, '');
      await writeAs(
        models,
        actor,
        async (transaction, viewer) => {
          if (!categoryPolicy.create(viewer)) throw new Forbidden();
          if (!(await models.categories.insert(transaction, { slug, names }))) throw new CategoryTaken();
        },
        categoryCreated({ slug }),
      );
      return { slug, names, postCount: 0 };
    },
  };
}
