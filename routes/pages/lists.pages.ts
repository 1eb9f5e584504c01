import { z } from 'zod';
import { NotFound } from '../../services/errors.js';
import type { Services } from '../../services/index.js';
import { normalizeTags } from '../../services/posts/tags.js';
import { categoryListAnswer, presentCategory } from '../categories/categories.schema.js';
import { definePage } from './page.js';
import { listQuery, LIST_TAGS, loadPosts, nextPath, searchPosts } from './post-lists.js';

/** The posts with a tag. */
export function tagPage({ posts }: Pick<Services, 'posts'>) {
  return definePage({
    path: '/tags/:name',
    query: listQuery,
    tags: LIST_TAGS,
    async load({ params: { name = '' }, query: { after }, ...input }) {
      const [tag] = normalizeTags([name]);
      if (tag === undefined) throw new NotFound();
      const { answer, next } = await loadPosts({ posts }, input, { tags: tag }, after);
      const canonical = `/tags/${encodeURIComponent(tag)}`;
      const head = { title: `#${tag}`, canonical, next: nextPath(canonical, next), noIndex: after !== '' };
      return { head, answers: [answer] };
    },
  });
}

/** The posts in a category. */
export function categoryPage({ posts, categories }: Pick<Services, 'posts' | 'categories'>) {
  return definePage({
    path: '/categories/:slug',
    query: listQuery,
    tags: LIST_TAGS,
    async load({ params, query: { after }, locale, ...input }) {
      const all = (await categories.list()).map((category) => presentCategory(category, locale));
      const category = all.find(({ slug }) => slug === params['slug']);
      if (!category) throw new NotFound();
      const { answer, next } = await loadPosts({ posts }, input, { category: category.slug }, after);
      const canonical = `/categories/${encodeURIComponent(category.slug)}`;
      return {
        head: { title: category.name, canonical, next: nextPath(canonical, next), noIndex: after !== '' },
        answers: [answer, { path: '/api/categories', answer: categoryListAnswer.parse({ categories: all }) }],
      };
    },
  });
}

/** The posts that a search finds, the best first. */
export function searchPage({ posts }: Pick<Services, 'posts'>) {
  return definePage({
    path: '/search',
    query: z.object({
      q: z.string().trim().max(100).catch('').default(''),
      page: z.coerce.number().int().min(1).max(100).catch(1).default(1),
    }),
    tags: LIST_TAGS,
    async load({ query: { q, page }, messages, ...input }) {
      if (q === '') return { head: { title: messages.pages.search, canonical: '/search', noIndex: true }, answers: [] };
      const { answer, pages } = await searchPosts({ posts }, input, { search: q, page });
      const canonical = `/search?q=${encodeURIComponent(q)}`;
      const next = page < pages ? `${canonical}&page=${page + 1}` : undefined;
      const title = `${q} · ${messages.pages.search}`;
      return { head: { title, canonical, next, noIndex: true }, answers: [answer] };
    },
  });
}
