import { Router } from '@koa/router';
import { endpoint, type EndpointContext } from '../../middlewares/endpoint.js';
import { addressKey } from '../../middlewares/http/address.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import { cachedResult } from '../../middlewares/http/json-response.js';
import { withCacheStatus } from '../../middlewares/http/cache-status.js';
import type { Services } from '../../services/index.js';
import type { CachedResponse } from '../../services/cache/responses.js';
import type { ForViewer } from '../../services/posts/post-cache.js';
import type { ShownPost } from '../../services/posts/shown-post.js';
import { normalizeTags } from '../../services/posts/tags.js';
import type { Viewer } from '../../services/viewer.js';
import { idParams, presentPagination } from '../fields.schema.js';
import { seenVersions, showPost } from './post-version.js';
import {
  changedPostSchema,
  feedQuery,
  likeAnswer,
  newPostSchema,
  postAnswer,
  postListAnswer,
  postListQuery,
  postPageAnswer,
  relatedAnswer,
  replacedPostSchema,
  savedPostAnswer,
  slugParams,
} from './posts.schema.js';

const POST_EXAMPLE = {
  title: 'Peeling an onion',
  content: '# Layers\n\nUnder each one there is **another**.',
  category: 'life',
  tags: ['kitchen', 'patience'],
  status: 'published',
} as const;

export function postRoutes({ posts, postViews }: Pick<Services, 'posts' | 'postViews'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/posts' });

  router.get(
    '/',
    endpoint(
      {
        summary: 'List posts',
        revalidates: true,
        access: 'anyone',
        query: postListQuery,
        response: postListAnswer,
        errors: ['not_signed_in', 'forbidden'],
      },
      async ({ query: { page, after, tags, ...query }, viewer, ctx, signal }) => {
        const filter = { ...query, tags: tags && normalizeTags(tags) };
        if (after !== undefined) {
          const found = withCacheStatus(ctx, await posts.after(viewer, { ...filter, after }, signal));
          return cachedResult(found.response, () => found);
        }
        const found = withCacheStatus(ctx, await posts.page(viewer, { ...filter, page }, signal));
        const pagination = presentPagination({ page, limit: query.limit }, found.total);
        return cachedResult(found.response, () => ({ posts: found.posts, pagination }));
      },
    ),
  );

  router.get(
    '/feed',
    endpoint(
      {
        summary: 'List posts by the accounts I follow',
        revalidates: true,
        access: 'signed-in',
        query: feedQuery,
        response: postPageAnswer,
      },
      async ({ query, viewer, signal }) => {
        const found = await posts.feed(viewer, query, signal);
        return { posts: found.posts, pagination: presentPagination(query, found.total) };
      },
    ),
  );

  router.get(
    '/slug/:slug',
    endpoint(
      {
        summary: 'Show a post by its slug',
        revalidates: true,
        access: 'anyone',
        params: slugParams,
        response: postAnswer,
      },
      async ({ params, viewer, ctx }) => read(ctx, viewer, await posts.getBySlug(viewer, params.slug)),
    ),
  );

  router.get(
    '/:id',
    endpoint(
      {
        summary: 'Show a post',
        revalidates: true,
        access: 'anyone',
        params: idParams,
        response: postAnswer,
      },
      async ({ params, viewer, ctx }) => read(ctx, viewer, await posts.get(viewer, params.id)),
    ),
  );

  router.get(
    '/:id/related',
    endpoint(
      {
        summary: 'List up to four posts with the same tags, then of the same category',
        revalidates: true,
        access: 'anyone',
        params: idParams,
        response: relatedAnswer,
      },
      async ({ params, viewer, ctx, signal }) => {
        const found = withCacheStatus(ctx, await posts.related(viewer, params.id, signal));
        return cachedResult(found.response, () => ({ posts: found.posts }));
      },
    ),
  );

  router.post(
    '/',
    endpoint(
      {
        summary: 'Write a post',
        access: 'signed-in',
        body: newPostSchema,
        response: savedPostAnswer,
        status: 201,
        example: POST_EXAMPLE,
      },
      async ({ body, actor, ctx, messages }) => {
        const post = await posts.create(actor, body);
        ctx.set('Location', `/api/posts/${post.id}`);
        return { message: messages.done.postCreated, ...showPost(ctx, post) };
      },
    ),
  );

  router.put(
    '/:id',
    endpoint(
      {
        summary: 'Replace a post: omitted fields are cleared',
        access: 'signed-in',
        params: idParams,
        body: replacedPostSchema,
        response: savedPostAnswer,
        errors: ['forbidden', 'version_conflict'],
        example: { ...POST_EXAMPLE, title: 'Peeling an onion, again', version: 1 },
      },
      async ({ params, body: { version, ...post }, actor, ctx, messages }) => ({
        message: messages.done.postUpdated,
        ...showPost(ctx, await posts.replace(actor, params.id, post, seenVersions(ctx, version))),
      }),
    ),
  );

  router.patch(
    '/:id',
    endpoint(
      {
        summary: 'Change a post: omitted fields stay unchanged',
        access: 'signed-in',
        params: idParams,
        body: changedPostSchema,
        response: savedPostAnswer,
        errors: ['forbidden', 'version_conflict'],
        example: { title: 'Peeling an onion', tags: ['kitchen'] },
      },
      async ({ params, body: { version, ...changes }, actor, ctx, messages }) => ({
        message: messages.done.postUpdated,
        ...showPost(ctx, await posts.update(actor, params.id, changes, seenVersions(ctx, version))),
      }),
    ),
  );

  router.delete(
    '/:id',
    endpoint(
      {
        summary: 'Delete a post',
        access: 'signed-in',
        params: idParams,
        response: savedPostAnswer.pick({ message: true }),
        errors: ['forbidden'],
      },
      async ({ params, actor, messages }) => {
        await posts.remove(actor, params.id);
        return { message: messages.done.postDeleted };
      },
    ),
  );

  for (const liked of [true, false]) {
    router[liked ? 'post' : 'delete'](
      '/:id/like',
      endpoint(
        {
          summary: liked ? 'Like a post' : 'Remove a like',
          access: 'signed-in',
          params: idParams,
          response: likeAnswer,
        },
        async ({ params, actor, messages }) => ({
          message: liked ? messages.done.liked : messages.done.unliked,
          ...(await posts.like(actor, params.id, liked)),
        }),
      ),
    );
  }

  return router;

  function read(
    ctx: EndpointContext,
    viewer: Viewer | undefined,
    { post, response }: { post: ForViewer<ShownPost>; response: CachedResponse | undefined },
  ) {
    // HEAD runs through here as well, and shows no post.
    if (ctx.method === 'GET') {
      postViews.note(post, viewer, { address: addressKey(ctx.ip), agent: ctx.get('User-Agent') });
    }
    const shown = showPost(ctx, post);
    return cachedResult(response, () => shown);
  }
}
