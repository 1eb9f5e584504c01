import type { Engine } from '../dialects/engine.js';
import type { Queries, Transaction } from '../queries.js';

export type Categories = ReturnType<typeof createCategories>;

/** What posts are filed under. `postCount` counts published ones. */
export interface CategoryEntry {
  slug: string;
  names: { en: string; 'zh-CN': string };
  postCount: number;
}

const ALL = 'SELECT slug, name_en AS en, name_zh AS zh, post_count AS "postCount" FROM categories ORDER BY id';
const ID = 'SELECT id FROM categories WHERE slug = ? OR name_zh = ? OR name_en = ?';
const INSERT = 'INSERT INTO categories (slug, name_en, name_zh) VALUES (?, ?, ?)';

export function createCategories({ read, words }: Engine) {
  const TAKEN = `SELECT 1 AS taken FROM categories c JOIN ${words.rowsIn({ name: 'TEXT' })} wanted
    ON lower(wanted.name) IN (lower(c.slug), lower(c.name_en), lower(c.name_zh)) LIMIT 1`;

  return {
    /** Oldest first: the order that administrators made them in. */
    async list(): Promise<CategoryEntry[]> {
      const rows = await read<{ slug: string; en: string; zh: string; postCount: number }>(ALL);
      return rows.map(({ slug, en, zh, postCount }) => ({ slug, names: { en, 'zh-CN': zh }, postCount }));
    },

    /** @param name its slug, or its name in either language */
    async idOf(queries: Queries, name: string): Promise<number | undefined> {
      return (await queries.select<{ id: number }>(ID, name, name, name))[0]?.id;
    },

    /**
     * Posts are filed by slug or by either name, so none of the three may mean two categories, in any case of letters.
     *
     * @returns whether it was inserted: false when one of the three is taken.
     */
    async insert(transaction: Transaction, { slug, names }: Omit<CategoryEntry, 'postCount'>): Promise<boolean> {
      await transaction.lock('categories');
      const wanted = [slug, names.en, names['zh-CN']];
      const [taken] = await transaction.select(TAKEN, JSON.stringify(wanted.map((name) => [name])));
      if (!taken) await transaction.execute(INSERT, ...wanted);
      return !taken;
    },
  };
}
