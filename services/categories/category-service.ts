import type { Models } from '../../models/index.js';
import type { Actor } from '../actor.js';
import { writeAs } from '../write-as.js';
import { CategoryTaken, Forbidden } from '../errors.js';
import { POSTS_KEY } from '../posts/posts-key.js';
import { slugOf } from '../posts/slugs.js';
import { categoryPolicy } from './category-policy.js';

/** What posts are filed under. `postCount` counts published ones. */
export interface ShownCategory {
  slug: string;
  names: { en: string; 'zh-CN': string };
  postCount: number;
}

export interface NewCategory {
  /** Made from the English name when left out. */
  slug?: string | undefined;
  names: ShownCategory['names'];
}

export type CategoryService = ReturnType<typeof createCategoryService>;

export const MAX_SLUG_LENGTH = 50;

const ALL = 'SELECT slug, name_en AS en, name_zh AS zh, post_count AS postCount FROM categories ORDER BY id';
/** Posts are filed by any of the three, so none of them may mean two categories. */
const TAKEN = `SELECT 1 AS taken FROM categories, (SELECT lower(value) AS wanted FROM json_each(?))
  WHERE wanted IN (lower(slug), lower(name_en), lower(name_zh)) LIMIT 1`;

export function createCategoryService({ models }: { models: Models }) {
  const { Category, read, select } = models;

  return {
    /** Oldest first: the order that administrators made them in. */
    async list(): Promise<ShownCategory[]> {
      const rows = await read<{ slug: string; en: string; zh: string; postCount: number }>(ALL);
      return rows.map(({ slug, en, zh, postCount }) => ({ slug, names: { en, 'zh-CN': zh }, postCount }));
    },

    /** @throws Forbidden, CategoryTaken */
    async create(actor: Actor, { slug: given, names }: NewCategory): Promise<ShownCategory> {
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
          const wanted = JSON.stringify([slug, names.en, names['zh-CN']]);
          const [taken] = await select(transaction, TAKEN, wanted);
          if (taken) throw new CategoryTaken();
          await Category.create({ slug, nameEn: names.en, nameZh: names['zh-CN'] }, { transaction });
        },
        [POSTS_KEY],
      );
      return { slug, names, postCount: 0 };
    },
  };
}
