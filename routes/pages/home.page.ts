import type { Services } from '../../services/index.js';
import { categoryListAnswer, presentCategory } from '../categories/categories.schema.js';
import { tagListAnswer } from '../tags/tags.schema.js';
import { definePage } from './page.js';
import { listQuery, LIST_TAGS, loadPosts, nextPath } from './post-lists.js';

const TAGS = 20;

/** The latest posts, with the tags and categories there are. */
export function homePage({ posts, tags, categories }: Pick<Services, 'posts' | 'tags' | 'categories'>) {
  return definePage({
    path: '/',
    query: listQuery,
    tags: LIST_TAGS,
    async load({ query: { after }, locale, messages, ...input }) {
      const [list, tagList, categoryList] = await Promise.all([
        loadPosts({ posts }, input, {}, after),
        tags.list({ limit: TAGS }),
        categories.list(),
      ]);
      return {
        head: {
          canonical: '/',
          description: messages.pages.description,
          next: nextPath('/', list.next),
          noIndex: after !== '',
        },
        answers: [
          list.answer,
          { path: `/api/tags?limit=${TAGS}`, answer: tagListAnswer.parse({ tags: tagList }) },
          {
            path: '/api/categories',
            answer: categoryListAnswer.parse({
              categories: categoryList.map((category) => presentCategory(category, locale)),
            }),
          },
        ],
      };
    },
  });
}
