import { Router } from '@koa/router';
import { endpoint, type EndpointContext } from '../../middlewares/endpoint.js';
import { addressKey } from '../../middlewares/address.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import { tellCache } from '../../middlewares/x-cache.js';
import { VersionConflict } from '../../services/errors.js';
import type { Services } from '../../services/index.js';
import type { PostDetail } from '../../services/posts/post-rows.js';
import type { ForViewer } from '../../services/posts/likes.js';
import { normalizeTags } from '../../services/posts/tags.js';
import type { Viewer } from '../../services/viewer.js';
import { idParams, presentPagination } from '../fields.schema.js';
import {
  changedPostSchema,
  feedQuery,
  likeAnswer,
  newPostSchema,
  postAnswer,
  postListAnswer,
  postListQuery,
  postPageAnswer,
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
        madeOf: ({ posts: found }: { posts: object }) => found,
        access: 'anyone',
        query: postListQuery,
        response: postListAnswer,
        errors: ['not_signed_in', 'forbidden'],
      },
      async ({ query: { page, after, tags, ...query }, viewer, ctx, signal }) => {
        const filter = { ...query, tags: tags && normalizeTags(tags) };
        if (after !== undefined) return tellCache(ctx, await posts.after(viewer, { ...filter, after }, signal));
        const found = tellCache(ctx, await posts.page(viewer, { ...filter, page }, signal));
        return { posts: found.posts, pagination: presentPagination({ page, limit: query.limit }, found.total) };
      },
    ),
  );

  router.get(
    '/feed',
    endpoint(
      {
        summary: 'List posts by those I follow',
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
        summary: 'Show a post by its address',
        revalidates: true,
        madeOf: ({ post }: { post: object }) => post,
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
        madeOf: ({ post }: { post: object }) => post,
        access: 'anyone',
        params: idParams,
        response: postAnswer,
      },
      async ({ params, viewer, ctx }) => read(ctx, viewer, await posts.get(viewer, params.id)),
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
      async ({ body, viewer, ctx, messages }) => {
        const post = await posts.create(viewer, body);
        ctx.set('Location', `/api/posts/${post.id}`);
        return { message: messages.done.postCreated, ...show(ctx, post) };
      },
    ),
  );

  router.put(
    '/:id',
    endpoint(
      {
        summary: 'Replace a post: what is left out is cleared',
        access: 'signed-in',
        params: idParams,
        body: replacedPostSchema,
        response: savedPostAnswer,
        errors: ['forbidden', 'version_conflict'],
        example: { ...POST_EXAMPLE, title: 'Peeling an onion, again', version: 1 },
      },
      async ({ params, body: { version, ...post }, viewer, ctx, messages }) => ({
        message: messages.done.postUpdated,
        ...show(ctx, await posts.replace(viewer, params.id, post, seenVersion(ctx, version))),
      }),
    ),
  );

  router.patch(
    '/:id',
    endpoint(
      {
        summary: 'Change a post: what is left out stays',
        access: 'signed-in',
        params: idParams,
        body: changedPostSchema,
        response: savedPostAnswer,
        errors: ['forbidden', 'version_conflict'],
        example: { title: 'Peeling an onion', tags: ['kitchen'] },
      },
      async ({ params, body: { version, ...changes }, viewer, ctx, messages }) => ({
        message: messages.done.postUpdated,
        ...show(ctx, await posts.update(viewer, params.id, changes, seenVersion(ctx, version))),
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
      async ({ params, viewer, messages }) => {
        await posts.remove(viewer, params.id);
        return { message: messages.done.postDeleted };
      },
    ),
  );

  for (const liked of [true, false]) {
    router[liked ? 'post' : 'delete'](
      '/:id/like',
      endpoint(
        {
          summary: liked ? 'Like a post' : 'Take a like back',
          access: 'signed-in',
          params: idParams,
          response: likeAnswer,
        },
        async ({ params, viewer, messages }) => ({
          message: liked ? messages.done.liked : messages.done.unliked,
          ...(await posts.like(viewer, params.id, liked)),
        }),
      ),
    );
  }

  return router;

  function read(ctx: EndpointContext, viewer: Viewer | undefined, post: ForViewer<PostDetail>) {
    // HEAD runs through here as well, and shows nobody anything.
    if (ctx.method === 'GET') {
      postViews.note(post, viewer, { address: addressKey(ctx.ip), agent: ctx.get('User-Agent') });
    }
    return show(ctx, post);
  }
}

/** The version an editor has seen is also what `If-Match` names (RFC 9110 section 13.1.1). */
function show<P extends { version: number }>(ctx: EndpointContext, post: P): { post: P } {
  ctx.set('ETag', `"${post.version}"`);
  return { post };
}

/** @throws VersionConflict for an `If-Match` that is no version of ours. */
function seenVersion(ctx: EndpointContext, inBody: number | undefined): number | undefined {
  const condition = ctx.get('If-Match').trim();
  if (condition === '' || condition === '*') return inBody;
  const version = /^(?:W\/)?"(\d{1,15})(?:-[\w-]+)?"$/.exec(condition)?.[1];
  if (version === undefined) throw new VersionConflict();
  return Number(version);
}
