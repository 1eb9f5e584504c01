import { z } from 'zod';
import { NotFound } from '../../services/errors.js';
import type { Services } from '../../services/index.js';
import { normalizeTags } from '../../services/posts/tags.js';
import { breadcrumbs } from './linked-data.js';
import { definePage } from './page.js';
import { SEARCH_ORDERS, SEARCHED_PAGES } from './page-choices.js';
import { listQuery, LIST_TAGS, loadCategories, loadPosts, nextPath, searchPosts } from './post-lists.js';

/** The posts with a tag. */
export function tagPage({ posts, categories }: Pick<Services, 'posts' | 'categories'>) {
  return definePage({
    path: '/tags/:name',
    query: listQuery,
    tags: LIST_TAGS,
    async load({ params: { name = '' }, query: { after }, locale, ...input }) {
      const [tag] = normalizeTags([name]);
      if (tag === undefined) throw new NotFound();
      const [{ answer, next, isEmpty }, { answer: categoryList }] = await Promise.all([
        loadPosts({ posts }, input, { tags: tag }, after),
        loadCategories({ categories }, locale),
      ]);
      const canonical = `/tags/${encodeURIComponent(tag)}`;
      const title = `#${tag}`;
      return {
        head: {
          title,
          canonical,
          next: nextPath(canonical, next),
          noIndex: after !== '' || isEmpty,
          linkedData: (origin) => breadcrumbs([{ name: title, path: canonical }], origin),
        },
        answers: [answer, categoryList],
      };
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
      const { answer: categoryList, all } = await loadCategories({ categories }, locale);
      const category = all.find(({ slug }) => slug === params['slug']);
      if (!category) throw new NotFound();
      const { answer, next } = await loadPosts({ posts }, input, { category: category.slug }, after);
      const canonical = `/categories/${encodeURIComponent(category.slug)}`;
      return {
        head: {
          title: category.name,
          canonical,
          next: nextPath(canonical, next),
          noIndex: after !== '',
          linkedData: (origin) => breadcrumbs([{ name: category.name, path: canonical }], origin),
        },
        answers: [answer, categoryList],
      };
    },
  });
}

const searchQuery = z.object({
  q: z.string().trim().max(100).catch('').default(''),
  category: z.string().max(50).catch('').default(''),
  sort: z.enum(SEARCH_ORDERS).catch(SEARCH_ORDERS[0]),
  page: z.coerce.number().int().min(1).max(SEARCHED_PAGES).catch(1).default(1),
});

/** The posts that a search finds. */
export function searchPage({ posts, categories }: Pick<Services, 'posts' | 'categories'>) {
  return definePage({
    path: '/search',
    query: searchQuery,
    tags: LIST_TAGS,
    async load({ query: { q, ...choice }, locale, messages, ...input }) {
      const { answer: categoryList } = await loadCategories({ categories }, locale);
      const { search: title } = messages.pages;
      if (q === '') return { head: { title, canonical: '/search', noIndex: true }, answers: [categoryList] };
      const answer = await searchPosts({ posts }, input, { search: q, ...choice });
      return {
        head: { title: `${q} · ${title}`, canonical: `/search?q=${encodeURIComponent(q)}`, noIndex: true },
        answers: [answer, categoryList],
      };
    },
  });
}
