import type { SitemapEntry, SitemapPart } from '../../models/feeds/sitemap.js';
import type { Models } from '../../models/index.js';
import type { PostSummary } from '../../models/posts/post-rows.js';
import { createCache } from '../cache/cache.js';
import { RENDERER } from '../posts/markdown.js';
import { POSTS_KEY } from '../cache/invalidation.js';

/** A published post as feeds show it. */
export interface FeedPost extends PostSummary {
  /** Undefined for a long post, of which feeds show the excerpt. */
  html: string | undefined;
}

export type FeedService = ReturnType<typeof createFeedService>;

const POSTS = 20;
/** Characters of HTML: with this the feed of the longest posts stays below a megabyte. */
const MAX_HTML = 50_000;
/** A file of a sitemap has more than a megabyte: more of them than this are made again. */
const MAX_DOCUMENTS = 8;

/** What is published, for readers' programs and search engines. Everything here is public. */
export function createFeedService({
  models,
}: {
  models: Pick<Models, 'posts' | 'sitemap' | 'categories' | 'versionOf'>;
}) {
  const { posts, sitemap, categories } = models;
  const cache = createCache({ versionOf: models.versionOf, redis: undefined, maxEntries: MAX_DOCUMENTS });

  return {
    /** What was last made under this key, unless a post, a category or an author has changed since. */
    async document<Made extends object>(key: string, make: () => Promise<Made>): Promise<Made> {
      return (await cache.remember({ key, tags: [POSTS_KEY], local: true }, make)).value;
    },

    /** The newest posts, the newest first. */
    async newest(): Promise<FeedPost[]> {
      const order = { field: 'publishedAt', descending: true } as const;
      const found = await posts.findAfter({ status: 'published' }, order, { limit: POSTS, after: undefined });
      const ids = found.posts.map(({ id }) => id);
      const html = new Map(
        (await posts.findHtml(ids, { maxLength: MAX_HTML, renderer: RENDERER })).map((row) => [row.id, row.html]),
      );
      return found.posts.map((post) => ({ ...post, html: html.get(post.id) }));
    },

    sitemapParts: (): Promise<SitemapPart[]> => sitemap.parts(),
    sitemapEntries: (part: SitemapPart): Promise<SitemapEntry[]> => sitemap.entries(part),

    /** The slugs of categories with published posts. */
    async categories(): Promise<string[]> {
      return (await categories.list()).filter(({ postCount }) => postCount > 0).map(({ slug }) => slug);
    },
  };
}
