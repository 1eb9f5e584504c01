import type { TestApp } from './start-test-app.js';
import type { Answer } from './client.js';
import { mayDo, ANONYMOUS, type ActionName, type Who, type Whose } from './policy-table.js';
import { formOf, plain } from './images.js';

/** What a case acts on: rows that are made for it, so that no case depends on another. */
export interface Stage {
  app: TestApp;
  /** The owner of the rows: the caller, or another account made for this case. */
  owner: number;
  /** Returns a different number on each call. */
  unique: () => number;
  post: (authorId: number, status?: 'draft' | 'published') => Promise<number>;
  comment: (authorId: number, postId: number) => Promise<number>;
  picture: (ownerId: number) => Promise<number>;
  otherAccount: () => Promise<number>;
  /** Creates a sign-in of this account. @returns its id. */
  signIn: (userId: number) => Promise<number>;
  /** Makes an archive of this account. @returns its id. */
  archive: (userId: number) => Promise<number>;
  /** Creates a personal access token of this account. @returns its id. */
  token: (userId: number) => Promise<number>;
}

interface Sent {
  /** The route's path, filled in; the route's own when it has no parameter. */
  path?: string;
  body?: unknown;
}

export interface Case {
  /** The row of the policy table that decides; 'anyone' and 'signed in' have no row. */
  action: ActionName | 'anyone' | 'signed in';
  /** Cases without an owner run once. */
  owned?: readonly Whose[];
  send?: (stage: Stage) => Promise<Sent> | Sent;
  /** The status if it is allowed. Default: 200, 201 or 204. */
  status?: number | readonly number[];
  /** The status if it is not allowed; 404 where the row is hidden. Default: 403. */
  refused?: number;
  /** The status for an anonymous caller, where only some anonymous requests are allowed. Default: as for others. */
  anonymous?: 401;
  /** Set where the body, not the status, depends on the permission. */
  shows?: (answer: Answer) => boolean;
  /** No personal access token may do it. */
  inPerson?: true;
  /** The client's session ends or changes: the next case needs a new client. */
  spends?: true;
}

const BOTH = ['own', 'other’s'] as const;
const account = (number: number) => ({
  username: `made${number}`,
  email: `made${number}@example.com`,
  password: 'correct horse battery',
});
const post = { title: 'Changed', content: 'text', category: 'tech' };
const onUser = (path: string, body?: unknown) => ({
  owned: BOTH,
  send: ({ owner }: Stage) => ({ path: path.replace('ID', String(owner)), body }),
});
const onPost = (path: string, status: 'draft' | 'published', body?: unknown) => ({
  owned: BOTH,
  send: async ({ owner, post: write }: Stage) => ({
    path: path.replace('ID', String(await write(owner, status))),
    body,
  }),
});

/** Every route. A missing one fails the test, so that each new route declares who may call it. */
export const CASES: Readonly<Record<string, readonly Case[]>> = {
  'POST /api/auth/register': [{ action: 'anyone', spends: true, send: ({ unique }) => ({ body: account(unique()) }) }],
  'POST /api/auth/login': [
    {
      action: 'anyone',
      spends: true,
      send: () => ({ body: { username: 'seeded-member', password: 'correct horse battery' } }),
    },
  ],
  'POST /api/auth/logout': [{ action: 'signed in', inPerson: true, spends: true }],
  'GET /api/auth/me': [{ action: 'signed in' }],
  'GET /api/auth/export': [{ action: 'signed in', inPerson: true, status: 202 }],
  'GET /api/auth/export/:id': [
    {
      action: 'export one’s own data',
      inPerson: true,
      owned: BOTH,
      refused: 404,
      send: async ({ owner, archive }) => ({ path: `/api/auth/export/${await archive(owner)}` }),
    },
  ],
  'GET /api/auth/export/:id/file': [
    {
      action: 'export one’s own data',
      inPerson: true,
      owned: BOTH,
      refused: 404,
      send: async ({ owner, archive }) => ({ path: `/api/auth/export/${await archive(owner)}/file` }),
    },
  ],
  'DELETE /api/auth/me': [
    {
      action: 'signed in',
      inPerson: true,
      spends: true,
      send: () => ({ body: { currentPassword: 'correct horse battery' } }),
    },
  ],
  'POST /api/auth/password': [
    {
      action: 'signed in',
      inPerson: true,
      spends: true,
      send: () => ({ body: { current: 'correct horse battery', password: 'correct horse battery' } }),
    },
  ],
  'POST /api/auth/refresh': [
    { action: 'anyone', status: [401, 403], send: () => ({ body: { refreshToken: 'unknown' } }) },
  ],
  'GET /api/auth/session': [{ action: 'anyone' }],
  'GET /api/auth/sessions': [{ action: 'signed in', inPerson: true }],
  'DELETE /api/auth/sessions': [{ action: 'signed in', inPerson: true, spends: true }],
  'DELETE /api/auth/sessions/:id': [
    {
      action: 'end a sign-in',
      inPerson: true,
      owned: BOTH,
      refused: 404,
      send: async ({ owner, signIn }) => ({ path: `/api/auth/sessions/${await signIn(owner)}` }),
    },
  ],
  'GET /api/auth/tokens': [{ action: 'signed in', inPerson: true }],
  'POST /api/auth/tokens': [
    {
      action: 'signed in',
      inPerson: true,
      send: () => ({ body: { name: 'script', scopes: ['read'], expiresInDays: 1 } }),
    },
  ],
  'DELETE /api/auth/tokens/:id': [
    {
      action: 'end an access token',
      inPerson: true,
      owned: BOTH,
      refused: 404,
      send: async ({ owner, token }) => ({ path: `/api/auth/tokens/${await token(owner)}` }),
    },
  ],
  'POST /api/setup': [
    {
      action: 'anyone',
      status: 409, // setup is already complete
      send: ({ app, unique }) => ({ body: { token: app.services.setup.token, ...account(unique()) } }),
    },
  ],

  'GET /api/users': [{ action: 'list accounts' }],
  'POST /api/users': [
    {
      action: 'create an account for another person',
      inPerson: true,
      send: ({ unique }) => ({ body: account(unique()) }),
    },
  ],
  'GET /api/users/:id': [
    { action: 'anyone', ...onUser('/api/users/ID') },
    {
      action: 'see an account’s e-mail address, role and state',
      ...onUser('/api/users/ID'),
      shows: (answer) => ['email', 'role', 'isActive'].every((field) => field in answer.json<{ user: object }>().user),
    },
  ],
  'GET /api/users/username/:username': [
    {
      action: 'anyone',
      owned: BOTH,
      send: async ({ app, owner }) => ({
        path: `/api/users/username/${(await app.services.viewers.find(owner))?.username}`,
      }),
    },
  ],
  'PUT /api/users/:id': [
    {
      action: 'change an account',
      owned: BOTH,
      inPerson: true, // another user name
      send: ({ owner, unique }) => {
        const { password: _, ...fields } = account(unique());
        return { path: `/api/users/${owner}`, body: fields };
      },
    },
  ],
  'PATCH /api/users/:id': [
    { action: 'change an account', ...onUser('/api/users/ID', { name: 'Changed' }) },
    {
      action: 'change an account’s role or state',
      ...onUser('/api/users/ID', { isActive: false }),
      inPerson: true,
      spends: true,
    },
    {
      action: 'set a password without the current one',
      ...onUser('/api/users/ID', { password: 'another long one' }),
      inPerson: true,
    },
  ],
  'GET /api/users/:id/content': [
    { action: 'see an account’s e-mail address, role and state', ...onUser('/api/users/ID/content') },
  ],
  'DELETE /api/users/:id': [{ action: 'delete an account', ...onUser('/api/users/ID'), inPerson: true, spends: true }],
  'POST /api/users/:id/follow': [{ action: 'follow an account', ...onUser('/api/users/ID/follow'), refused: 400 }],
  'DELETE /api/users/:id/follow': [{ action: 'follow an account', ...onUser('/api/users/ID/follow'), refused: 400 }],

  'GET /api/posts': [
    { action: 'anyone' },
    {
      action: 'list unpublished posts',
      anonymous: 401,
      owned: BOTH,
      send: ({ owner }) => ({ path: `/api/posts?status=draft&author=${owner}` }),
    },
  ],
  'GET /api/posts/feed': [{ action: 'signed in' }],
  'GET /api/posts/stats/overview': [{ action: 'see figures about the site' }],
  'POST /api/posts': [{ action: 'signed in', send: () => ({ body: post }) }],
  'GET /api/posts/:id': [
    { action: 'read a published post', ...onPost('/api/posts/ID', 'published') },
    { action: 'read a draft or an archived post', ...onPost('/api/posts/ID', 'draft'), refused: 404 },
  ],
  'GET /api/posts/slug/:slug': [
    {
      action: 'read a draft or an archived post',
      owned: BOTH,
      refused: 404,
      send: async ({ app, owner, post: write }) => {
        const id = await write(owner, 'draft');
        const [row] = await app.database.engine.read<{ slug: string }>('SELECT slug FROM posts WHERE id = ?', id);
        return { path: `/api/posts/slug/${row?.slug}` };
      },
    },
  ],
  'PUT /api/posts/:id': [
    { action: 'change, publish or archive a post', ...onPost('/api/posts/ID', 'published', post) },
    { action: 'read a draft or an archived post', ...onPost('/api/posts/ID', 'draft', post), refused: 404 },
  ],
  'PATCH /api/posts/:id': [
    { action: 'change, publish or archive a post', ...onPost('/api/posts/ID', 'published', { status: 'archived' }) },
    {
      action: 'read a draft or an archived post',
      ...onPost('/api/posts/ID', 'draft', { status: 'published' }),
      refused: 404,
    },
  ],
  'DELETE /api/posts/:id': [
    { action: 'delete a post', ...onPost('/api/posts/ID', 'published') },
    { action: 'read a draft or an archived post', ...onPost('/api/posts/ID', 'draft'), refused: 404 },
  ],
  'POST /api/posts/:id/like': [
    { action: 'signed in', ...onPost('/api/posts/ID/like', 'published') },
    { action: 'read a draft or an archived post', ...onPost('/api/posts/ID/like', 'draft'), refused: 404 },
  ],
  'DELETE /api/posts/:id/like': [{ action: 'signed in', ...onPost('/api/posts/ID/like', 'published') }],
  'GET /api/posts/:id/comments': [
    { action: 'read the comments on a post', ...onPost('/api/posts/ID/comments', 'published') },
    { action: 'read a draft or an archived post', ...onPost('/api/posts/ID/comments', 'draft'), refused: 404 },
  ],
  'POST /api/posts/:id/comments': [
    { action: 'comment on a post', ...onPost('/api/posts/ID/comments', 'published', { content: 'Hm' }) },
    {
      action: 'read a draft or an archived post',
      ...onPost('/api/posts/ID/comments', 'draft', { content: 'Hm' }),
      refused: 404,
    },
  ],
  'PATCH /api/comments/:id': [
    {
      action: 'change a comment',
      owned: BOTH,
      send: async ({ owner, post: write, comment, otherAccount }) => ({
        path: `/api/comments/${await comment(owner, await write(await otherAccount()))}`,
        body: { content: 'Changed' },
      }),
    },
  ],
  'DELETE /api/comments/:id': [
    {
      action: 'delete a comment',
      owned: BOTH,
      send: async ({ owner, post: write, comment, otherAccount }) => ({
        path: `/api/comments/${await comment(owner, await write(await otherAccount()))}`,
      }),
    },
    {
      action: 'delete others’ comments on a post',
      owned: BOTH,
      send: async ({ owner, post: write, comment, otherAccount }) => ({
        path: `/api/comments/${await comment(await otherAccount(), await write(owner))}`,
      }),
    },
  ],

  'GET /api/categories': [{ action: 'anyone' }],
  'POST /api/categories': [
    {
      action: 'add a category',
      send: ({ unique }) => ({ body: { names: { en: `Category ${unique()}`, 'zh-CN': `分类 ${unique()}` } } }),
    },
  ],
  'GET /api/tags': [{ action: 'anyone' }],

  'POST /api/upload/single': [{ action: 'signed in', send: async () => ({ body: await picture('image') }) }],
  'POST /api/upload/multiple': [{ action: 'signed in', send: async () => ({ body: await picture('images') }) }],
  'GET /api/upload': [{ action: 'signed in' }],
  'DELETE /api/upload/:id': [
    {
      action: 'delete a picture',
      owned: BOTH,
      refused: 404,
      send: async ({ owner, picture }) => ({ path: `/api/upload/${await picture(owner)}` }),
    },
  ],

  'GET /api/bff/home': [{ action: 'anyone' }],
  'GET /api/admin/upstreams': [{ action: 'see what is behind the gateway' }],
  'GET /api/admin/stats': [{ action: 'see figures about the site' }],
  'GET /api/admin/doctor': [{ action: 'see how the installation is set up' }],

  'GET /api/openapi.json': [{ action: 'anyone' }],
  'GET /api/docs': [{ action: 'anyone' }],
};

async function picture(field: string): Promise<FormData> {
  return formOf(field, await plain(4, 4).png().toBuffer());
}

/** Whether this account may do what the case does. */
export function isAllowed({ action }: Case, who: Who, whose: Whose): boolean {
  if (action === 'anyone') return true;
  return action === 'signed in' ? who !== ANONYMOUS : mayDo(action, who, whose);
}
