import { commentPolicy } from '../../services/comments/comment-policy.js';
import { action, BOTH, type Access, type Action } from '../support/access.js';
import type { Stage } from '../support/access-stage.js';
import { onPost, readDraft } from './posts.js';

const ANOTHER_ACCOUNT = 900;
const published = (authorId: number) => ({ authorId, status: 'published' }) as const;

const read: Action = {
  name: 'read the comments on a post',
  rule: commentPolicy.read,
  may: (who, id) => commentPolicy.read(who, published(id)),
};
const write = action('comment on a post', commentPolicy.write, (who, id) => commentPolicy.write(who, published(id)));
const update = action('change a comment', commentPolicy.update, (who, authorId) =>
  commentPolicy.update(who, { authorId }),
);
const remove = action('delete a comment', commentPolicy.remove, (who, authorId) =>
  commentPolicy.remove(who, { authorId }, published(ANOTHER_ACCOUNT)),
);
const removeOthers = action('delete others’ comments on a post', commentPolicy.remove, (who, id) =>
  commentPolicy.remove(who, { authorId: ANOTHER_ACCOUNT }, published(id)),
);

async function commentOn({ app, actor, post }: Stage, postAuthor: number, commentAuthor: number): Promise<string> {
  const { id } = await app.services.comments.add(await actor(commentAuthor), await post(postAuthor), { content: 'Hm' });
  return `/api/comments/${id}`;
}

export const access: Access = {
  routes: {
    'GET /api/posts/:id/comments': [
      { action: read, ...onPost('/api/posts/ID/comments', 'published') },
      { action: readDraft, ...onPost('/api/posts/ID/comments', 'draft'), refused: 404 },
    ],
    'POST /api/posts/:id/comments': [
      { action: write, ...onPost('/api/posts/ID/comments', 'published', { content: 'Hm' }) },
      { action: readDraft, ...onPost('/api/posts/ID/comments', 'draft', { content: 'Hm' }), refused: 404 },
    ],
    'PATCH /api/comments/:id': [
      {
        action: update,
        owned: BOTH,
        send: async (stage) => ({
          path: await commentOn(stage, await stage.otherAccount(), stage.owner),
          body: { content: 'Changed' },
        }),
      },
    ],
    'DELETE /api/comments/:id': [
      {
        action: remove,
        owned: BOTH,
        send: async (stage) => ({ path: await commentOn(stage, await stage.otherAccount(), stage.owner) }),
      },
      {
        action: removeOthers,
        owned: BOTH,
        send: async (stage) => ({ path: await commentOn(stage, stage.owner, await stage.otherAccount()) }),
      },
    ],
  },
};
