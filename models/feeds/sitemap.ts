import type { Engine } from '../dialects/engine.js';

/** Of what a sitemap lists. */
export type SitemapKind = 'posts' | 'tags' | 'profiles';

/** One file of a sitemap: what has an id from `SITEMAP_SIZE * part` on, up to the next part. */
export interface SitemapPart {
  kind: SitemapKind;
  part: number;
}

export interface SitemapEntry {
  /** A slug, a tag or a user name. */
  name: string;
  /** ISO 8601; null where it is not known. */
  changedAt: string | null;
}

/** Ids in one file: at most as many addresses. */
export const SITEMAP_SIZE = 10_000;

export type Sitemap = ReturnType<typeof createSitemap>;

/** Lists what is public, in parts that are found by key: the last one costs what the first one does. */
export function createSitemap({ readLong, words: { isoTime } }: Engine) {
  const PUBLISHED_BY = `SELECT p.published_at FROM posts p WHERE p.author_id = s.id AND p.status = 'published'
    ORDER BY p.published_at DESC LIMIT 1`;
  const sources: Record<SitemapKind, { from: string; name: string; changedAt: string }> = {
    posts: { from: `posts s WHERE s.status = 'published'`, name: 's.slug', changedAt: isoTime('s.updated_at') },
    tags: { from: 'tags s WHERE s.post_count > 0', name: 's.name', changedAt: 'NULL' },
    profiles: {
      from: `users s WHERE s.is_active AND EXISTS (${PUBLISHED_BY})`,
      name: 's.username',
      changedAt: isoTime(`(${PUBLISHED_BY})`),
    },
  };

  return {
    /** The parts that have entries. A step for each: from the first id of a part to the first one behind it. */
    async parts(signal?: AbortSignal): Promise<SitemapPart[]> {
      const kinds = Object.keys(sources) as SitemapKind[];
      const found = await Promise.all(
        kinds.map(async (kind) => {
          const rows = await readLong<{ part: number }>({ signal }, partsOf(sources[kind].from));
          return rows.map(({ part }) => ({ kind, part }));
        }),
      );
      return found.flat();
    },

    entries({ kind, part }: SitemapPart, signal?: AbortSignal): Promise<SitemapEntry[]> {
      const { from, name, changedAt } = sources[kind];
      const sql = `SELECT ${name} AS name, ${changedAt} AS "changedAt" FROM ${from} AND s.id > ? AND s.id <= ? ORDER BY s.id`;
      return readLong({ signal }, sql, part * SITEMAP_SIZE, (part + 1) * SITEMAP_SIZE);
    },
  };
}

function partsOf(from: string): string {
  const partAfter = (id: string) =>
    `((SELECT s.id FROM ${from} AND s.id > ${id} ORDER BY s.id LIMIT 1) - 1) / ${SITEMAP_SIZE}`;
  return `WITH RECURSIVE parts (part) AS (
      SELECT ${partAfter('0')}
      UNION ALL
      SELECT ${partAfter(`(parts.part + 1) * ${SITEMAP_SIZE}`)} FROM parts WHERE parts.part IS NOT NULL)
    SELECT part FROM parts WHERE part IS NOT NULL`;
}
