import { postPolicy } from '../../services/posts/post-policy.js';
import { action, BOTH, type Access, type Action, type Case } from '../support/access.js';
import type { Stage } from '../support/access-stage.js';

const draft = (authorId: number) => ({ authorId, status: 'draft' }) as const;
const published = (authorId: number) => ({ authorId, status: 'published' }) as const;

const readPublished: Action = {
  name: 'read a published post',
  rule: postPolicy.read,
  may: (who, id) => postPolicy.read(who, published(id)),
};
export const readDraft: Action = {
  name: 'read a draft or an archived post',
  rule: postPolicy.read,
  may: (who, id) => postPolicy.read(who, draft(id)),
};
const listUnpublished = action(
  'list unpublished posts',
  postPolicy.oversee,
  (who, id) => who.id === id || postPolicy.oversee(who),
);
const update = action('change, publish or archive a post', postPolicy.update, (who, id) =>
  postPolicy.update(who, published(id)),
);
const remove = action('delete a post', postPolicy.remove, (who, id) => postPolicy.remove(who, published(id)));

const readRevisions = action('see and restore earlier versions of a post', postPolicy.readRevisions, (who, id) =>
  postPolicy.readRevisions(who, published(id)),
);

const body = { title: 'Changed', content: 'text', category: 'tech' };

/** Sends the request to a post of the owner's. */
export const onPost = (path: string, status: 'draft' | 'published', sent?: unknown) => ({
  owned: BOTH,
  send: async ({ owner, post }: Stage) => ({ path: path.replace('ID', String(await post(owner, status))), body: sent }),
});

/** @param path below that of a post whose first version has been replaced. */
const ofRevisions = (path: string, sent?: unknown): readonly Case[] => [
  { action: readRevisions, ...onRevised(path, 'published', sent) },
  { action: readDraft, ...onRevised(path, 'draft', sent), refused: 404 },
];
const onRevised = (path: string, status: 'draft' | 'published', sent?: unknown) => ({
  owned: BOTH,
  async send({ app, owner, actor, post }: Stage) {
    const id = await post(owner, status);
    await app.services.posts.update(await actor(owner), id, { content: 'another text' });
    return { path: `/api/posts/${id}${path}`, body: sent };
  },
});

export const access: Access = {
  routes: {
    'GET /api/posts': [
      { action: 'anyone' },
      {
        action: listUnpublished,
        anonymous: 401,
        owned: BOTH,
        send: ({ owner }) => ({ path: `/api/posts?status=draft&author=${owner}` }),
      },
    ],
    'GET /api/posts/feed': [{ action: 'signed in' }],
    'POST /api/posts': [{ action: 'signed in', send: () => ({ body }) }],
    'POST /api/posts/preview': [{ action: 'signed in', send: () => ({ body: { content: 'text' } }), readsOnly: true }],
    'GET /api/posts/:id/related': [
      { action: readPublished, ...onPost('/api/posts/ID/related', 'published') },
      { action: readDraft, ...onPost('/api/posts/ID/related', 'draft'), refused: 404 },
    ],
    'GET /api/posts/:id/revisions': ofRevisions('/revisions'),
    'GET /api/posts/:id/revisions/:version': ofRevisions('/revisions/1'),
    'POST /api/posts/:id/revisions/:version/restore': ofRevisions('/revisions/1/restore', {}),
    'GET /api/posts/:id': [
      { action: readPublished, ...onPost('/api/posts/ID', 'published') },
      { action: readDraft, ...onPost('/api/posts/ID', 'draft'), refused: 404 },
    ],
    'GET /api/posts/slug/:slug': [
      {
        action: readDraft,
        owned: BOTH,
        refused: 404,
        send: async ({ app, owner, post }) => {
          const id = await post(owner, 'draft');
          const [row] = await app.database.engine.read<{ slug: string }>('SELECT slug FROM posts WHERE id = ?', id);
          return { path: `/api/posts/slug/${row?.slug}` };
        },
      },
    ],
    'PUT /api/posts/:id': [
      { action: update, ...onPost('/api/posts/ID', 'published', body) },
      { action: readDraft, ...onPost('/api/posts/ID', 'draft', body), refused: 404 },
    ],
    'PATCH /api/posts/:id': [
      { action: update, ...onPost('/api/posts/ID', 'published', { status: 'archived' }) },
      { action: readDraft, ...onPost('/api/posts/ID', 'draft', { status: 'published' }), refused: 404 },
    ],
    'DELETE /api/posts/:id': [
      { action: remove, ...onPost('/api/posts/ID', 'published') },
      { action: readDraft, ...onPost('/api/posts/ID', 'draft'), refused: 404 },
    ],
    'POST /api/posts/:id/like': [
      { action: 'signed in', ...onPost('/api/posts/ID/like', 'published') },
      { action: readDraft, ...onPost('/api/posts/ID/like', 'draft'), refused: 404 },
    ],
    'DELETE /api/posts/:id/like': [{ action: 'signed in', ...onPost('/api/posts/ID/like', 'published') }],
  },
};
