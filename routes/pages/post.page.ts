import { z } from 'zod';
import type { PostDetail } from '../../models/posts/post-rows.js';
import type { Services } from '../../services/index.js';
import { commentListAnswer } from '../comments/comments.schema.js';
import { presentPagination } from '../fields.schema.js';
import { postAnswer, relatedAnswer, slugParams } from '../posts/posts.schema.js';
import { blogPosting, postPath } from './linked-data.js';
import { COMMENTS_PER_PAGE } from './page-choices.js';
import { definePage, paramsOf, type Head } from './page.js';
import { LIST_TAGS, loadCategories } from './post-lists.js';
import { loadProfile } from './profiles.js';

/** A post with its first comments. */
export function postPage({
  posts,
  comments,
  categories,
  users,
  follows,
}: Pick<Services, 'posts' | 'comments' | 'categories' | 'users' | 'follows'>) {
  return definePage({
    path: '/posts/:slug',
    query: z.object({}),
    tags: LIST_TAGS,
    async load({ params, viewer, signal, locale }) {
      const { slug } = paramsOf(slugParams, params);
      const { post } = await posts.getBySlug(viewer, slug);
      const page = { page: 1, limit: COMMENTS_PER_PAGE };
      const [discussion, { answer: categoryList, all }, related, author] = await Promise.all([
        comments.list(viewer, post.id, page, signal),
        loadCategories({ categories }, locale),
        posts.related(viewer, post.id, signal),
        post.author && loadProfile({ users, follows }, viewer, post.author.username),
      ]);
      // Its Markdown is as long as its HTML, and no one reads it here.
      const { content: _, ...shown } = postAnswer.parse({ post }).post;
      return {
        post,
        head: headOf(post, all.find((category) => category.slug === post.category)?.name ?? post.category),
        answers: [
          { path: `/api/posts/slug/${encodeURIComponent(post.slug)}`, answer: { post: shown } },
          {
            path: `/api/posts/${post.id}/comments?page=1&limit=${COMMENTS_PER_PAGE}`,
            answer: commentListAnswer.parse({
              comments: discussion.comments,
              pagination: presentPagination(page, discussion.total),
            }),
          },
          categoryList,
          { path: `/api/posts/${post.id}/related`, answer: relatedAnswer.parse({ posts: related.posts }) },
          ...(author ? [author.answer] : []),
        ],
      };
    },
  });
}

function headOf(post: PostDetail, category: string): Head {
  return {
    title: post.title,
    description: post.excerpt,
    canonical: postPath(post.slug),
    type: 'article',
    image: post.coverImage,
    times: { published: post.publishedAt, changed: post.updatedAt },
    author: post.author?.name ?? post.author?.username,
    noIndex: post.status !== 'published',
    ...(post.status === 'published' && { linkedData: (origin) => blogPosting(post, category, origin) }),
  };
}
