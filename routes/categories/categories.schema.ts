import { z } from 'zod';
import type { CategoryEntry } from '../../models/posts/categories.js';
import { MAX_SLUG_LENGTH } from '../../services/categories/category-service.js';
import { slugOf } from '../../services/posts/slugs.js';
import type { Locale } from '../../views/locales/index.js';
import { name, text } from '../fields.schema.js';

export const categorySchema = z
  .object({
    slug: z.string(),
    name: z.string().describe('In the language of the request'),
    names: z.object({ en: z.string(), 'zh-CN': z.string() }),
    postCount: z.int().describe('Published posts'),
  })
  .meta({ id: 'Category' });

export const categoryListAnswer = z.object({ categories: z.array(categorySchema) });
export const savedCategoryAnswer = z.object({ message: z.string(), category: categorySchema });

const categoryName = name(1, 50);
// A slug is made of it, and of signs alone none can be made.
const englishName = categoryName.refine((value) => value === '' || /[\p{L}\p{N}]/u.test(value), {
  params: { sentence: 'wordless' },
});

export const newCategorySchema = z
  .strictObject({
    slug: text(1, MAX_SLUG_LENGTH)
      .refine((value) => value === '' || slugOf(value) === value, { params: { sentence: 'slug' } })
      .optional()
      .describe('Default: made from the English name'),
    names: z.strictObject({ en: englishName, 'zh-CN': categoryName }),
  })
  .meta({ id: 'NewCategory' });

export function presentCategory(category: CategoryEntry, locale: Locale): z.input<typeof categorySchema> {
  const { slug, names, postCount } = category;
  return { slug, name: names[locale], names, postCount };
}
