import { Router } from '@koa/router';
import { endpoint, type EndpointContext } from '../../middlewares/endpoint.js';
import type { AppContext, AppState } from '../../middlewares/state.js';
import { VersionConflict } from '../../services/errors.js';
import type { Services } from '../../services/index.js';
import { normalizeTags } from '../../services/posts/tags.js';
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

export function postRoutes({ posts }: Pick<Services, 'posts'>) {
  const router = new Router<AppState, AppContext>({ prefix: '/posts' });

  router.get(
    '/',
    endpoint(
      { summary: 'List posts', access: 'anyone', query: postListQuery, response: postListAnswer },
      async ({ query: { page, after, tags, ...query }, viewer }) => {
        const filter = { ...query, tags: tags && normalizeTags(tags) };
        if (after !== undefined) return posts.after(viewer, { ...filter, after });
        const found = await posts.page(viewer, { ...filter, page });
        return { posts: found.posts, pagination: presentPagination({ page, limit: query.limit }, found.total) };
      },
    ),
  );

  router.get(
    '/feed',
    endpoint(
      { summary: 'List posts by those I follow', access: 'signed-in', query: feedQuery, response: postPageAnswer },
      async ({ query, viewer }) => {
        const found = await posts.feed(viewer, query);
        return { posts: found.posts, pagination: presentPagination(query, found.total) };
      },
    ),
  );

  router.get(
    '/slug/:slug',
    endpoint(
      { summary: 'Show a post by its address', access: 'anyone', params: slugParams, response: postAnswer },
      async ({ params, viewer, ctx }) => show(ctx, await posts.getBySlug(viewer, params.slug)),
    ),
  );

  router.get(
    '/:id',
    endpoint(
      { summary: 'Show a post', access: 'anyone', params: idParams, response: postAnswer },
      async ({ params, viewer, ctx }) => show(ctx, await posts.get(viewer, params.id)),
    ),
  );

  router.post(
    '/',
    endpoint(
      { summary: 'Write a post', access: 'signed-in', body: newPostSchema, response: savedPostAnswer, status: 201 },
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
  const version = /^"(\d{1,15})"$/.exec(condition)?.[1];
  if (version === undefined) throw new VersionConflict();
  return Number(version);
}
