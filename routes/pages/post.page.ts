import type { Services } from '../../services/index.js';
import { commentListAnswer } from '../comments/comments.schema.js';
import { postAnswer, slugParams } from '../posts/posts.schema.js';
import { z } from 'zod';
import { COMMENTS_PER_PAGE } from './page-limits.js';
import { definePage, paramsOf } from './page.js';
import { LIST_TAGS } from './post-lists.js';
import { presentPagination } from '../fields.schema.js';

/** A post with its first comments. */
export function postPage({ posts, comments }: Pick<Services, 'posts' | 'comments'>) {
  return definePage({
    path: '/posts/:slug',
    query: z.object({}),
    tags: LIST_TAGS,
    async load({ params, viewer, signal }) {
      const { slug } = paramsOf(slugParams, params);
      const { post } = await posts.getBySlug(viewer, slug);
      const page = { page: 1, limit: COMMENTS_PER_PAGE };
      const discussion = await comments.list(viewer, post.id, page, signal);
      return {
        post,
        head: {
          title: post.title,
          description: post.excerpt,
          canonical: `/posts/${encodeURIComponent(post.slug)}`,
          type: 'article',
          image: post.coverImage,
          times: { published: post.publishedAt, changed: post.updatedAt },
          author: post.author?.name ?? post.author?.username,
          noIndex: post.status !== 'published',
        },
        answers: [
          { path: `/api/posts/slug/${encodeURIComponent(post.slug)}`, answer: postAnswer.parse({ post }) },
          {
            path: `/api/posts/${post.id}/comments?page=1&limit=${COMMENTS_PER_PAGE}`,
            answer: commentListAnswer.parse({
              comments: discussion.comments,
              pagination: presentPagination(page, discussion.total),
            }),
          },
        ],
      };
    },
  });
}
