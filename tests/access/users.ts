import { userPolicy } from '../../services/users/user-policy.js';
import type { Actor } from '../../services/actor.js';
import { action, BOTH, type Access } from '../support/access.js';
import { account, type Stage } from '../support/access-stage.js';

const list = action('list accounts', userPolicy.list, (who) => userPolicy.list(who));
const create = action('create an account for another person', userPolicy.create, (who) => userPolicy.create(who));
const readAll = action('see an account’s e-mail address, role and state', userPolicy.readAll, (who, id) =>
  userPolicy.readAll(who, { id }),
);
const update = action('change an account', userPolicy.update, (who, id) => userPolicy.update(who, { id }));
const govern = action('change an account’s role or state', userPolicy.govern, (who) => userPolicy.govern(who));
const setPassword = action('set a password without the current one', userPolicy.setPassword, (who, id) =>
  userPolicy.setPassword(who, { id }),
);
const remove = action('delete an account', userPolicy.remove, (who) => userPolicy.remove(who));
const follow = action('follow an account', userPolicy.follow, (who, id) => userPolicy.follow(who, { id }));

const byToken = (actor: Actor) => ({ ...actor, kind: 'personal-token' }) as const;

const onUser = (path: string, body?: unknown) => ({
  owned: BOTH,
  send: ({ owner }: Stage) => ({ path: path.replace('ID', String(owner)), body }),
});

export const access: Access = {
  routes: {
    'GET /api/users': [{ action: list }],
    'POST /api/users': [{ action: create, inPerson: true, send: ({ unique }) => ({ body: account(unique()) }) }],
    'GET /api/users/:id': [
      { action: 'anyone', ...onUser('/api/users/ID') },
      {
        action: readAll,
        ...onUser('/api/users/ID'),
        shows: (answer) =>
          ['email', 'role', 'isActive'].every((field) => field in answer.json<{ user: object }>().user),
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
        action: update,
        owned: BOTH,
        inPerson: true, // another user name
        send: ({ owner, unique }) => {
          const { password: _, ...fields } = account(unique());
          return { path: `/api/users/${owner}`, body: fields };
        },
      },
    ],
    'PATCH /api/users/:id': [
      { action: update, ...onUser('/api/users/ID', { name: 'Changed' }) },
      { action: govern, ...onUser('/api/users/ID', { isActive: false }), inPerson: true, spends: true },
      { action: setPassword, ...onUser('/api/users/ID', { password: 'another long one' }), inPerson: true },
    ],
    'GET /api/users/:id/content': [{ action: readAll, ...onUser('/api/users/ID/content') }],
    'DELETE /api/users/:id': [{ action: remove, ...onUser('/api/users/ID'), inPerson: true, spends: true }],
    'POST /api/users/:id/follow': [{ action: follow, ...onUser('/api/users/ID/follow'), refused: 400 }],
    'DELETE /api/users/:id/follow': [{ action: follow, ...onUser('/api/users/ID/follow'), refused: 400 }],
  },
  alsoDecided: [
    action('delete one’s own account, with the password', userPolicy.leave, (who, id) => userPolicy.leave(who, { id })),
    action('change an account’s e-mail address or user name', userPolicy.identify, (who, id) =>
      userPolicy.identify(who, { id }),
    ),
    action(
      'by a personal access token: change an account’s e-mail address or user name',
      userPolicy.identify,
      (who, id) => userPolicy.identify(byToken(who), { id }),
    ),
    action(
      'by a personal access token: change an account’s role, state or password',
      userPolicy.govern,
      (who, id) => userPolicy.govern(byToken(who)) || userPolicy.setPassword(byToken(who), { id }),
    ),
    action('by a personal access token: create or delete an account', userPolicy.remove, (who) => {
      const actor = byToken(who);
      return userPolicy.create(actor) || userPolicy.remove(actor) || userPolicy.leave(actor, actor);
    }),
  ],
};
