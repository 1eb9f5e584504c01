import type { Services } from '../../services/index.js';
import { tagListAnswer } from '../tags/tags.schema.js';
import { TAGS_ON_HOME } from './page-choices.js';
import { definePage } from './page.js';
import { listQuery, LIST_TAGS, loadCategories, loadPosts, nextPath } from './post-lists.js';

/** The latest posts, with the tags and categories there are. */
export function homePage({ posts, tags, categories }: Pick<Services, 'posts' | 'tags' | 'categories'>) {
  return definePage({
    path: '/',
    query: listQuery,
    tags: LIST_TAGS,
    async load({ query: { after }, locale, messages, ...input }) {
      const [list, tagList, { answer: categoryList }] = await Promise.all([
        loadPosts({ posts }, input, {}, after),
        tags.list({ limit: TAGS_ON_HOME }),
        loadCategories({ categories }, locale),
      ]);
      return {
        head: {
          canonical: '/',
          description: messages.pages.description,
          next: nextPath('/', list.next),
          noIndex: after !== '',
          linkedData: (origin) => ({
            '@context': 'https://schema.org',
            '@type': 'WebSite',
            name: 'Allium',
            url: `${origin}/`,
            potentialAction: {
              '@type': 'SearchAction',
              target: `${origin}/search?q={search_term_string}`,
              'query-input': 'required name=search_term_string',
            },
          }),
        },
        answers: [
          list.answer,
          { path: `/api/tags?limit=${TAGS_ON_HOME}`, answer: tagListAnswer.parse({ tags: tagList }) },
          categoryList,
        ],
      };
    },
  });
}
