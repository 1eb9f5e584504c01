import { credentialPolicy } from '../../services/accounts/credential-policy.js';
import { userPolicy } from '../../services/users/user-policy.js';
import { action, BOTH, type Access, type Case } from '../support/access.js';
import { account, type Stage } from '../support/access-stage.js';
import { PASSWORD } from '../support/start-test-app.js';
import { A_PROGRAM } from '../support/tokens.js';

const end = (name: string) =>
  action(name, credentialPolicy.end, (who, userId) => credentialPolicy.end(who, { userId }));
const exportData = action('export one’s own data', userPolicy.export, (who, id) => userPolicy.export(who, { id }));

/** @param path below that of an archive of the owner's data. */
const onArchive = (path = ''): Case => ({
  action: exportData,
  inPerson: true,
  owned: BOTH,
  refused: 404,
  async send({ app, owner, actor }: Stage) {
    const { id } = await app.services.exports.begin(await actor(owner));
    await app.services.exports.idle();
    return { path: `/api/auth/export/${id}${path}` };
  },
});
const NEW_TOKEN = { name: 'script', scopes: ['read'], expiresInDays: 1 } as const;

export const access: Access = {
  routes: {
    'POST /api/auth/register': [
      { action: 'anyone', spends: true, send: ({ unique }) => ({ body: account(unique()) }) },
    ],
    'POST /api/auth/login': [
      { action: 'anyone', spends: true, send: () => ({ body: { username: 'seeded-member', password: PASSWORD } }) },
    ],
    'POST /api/auth/logout': [{ action: 'signed in', inPerson: true, spends: true }],
    'GET /api/auth/me': [{ action: 'signed in' }],
    'DELETE /api/auth/me': [
      { action: 'signed in', inPerson: true, spends: true, send: () => ({ body: { currentPassword: PASSWORD } }) },
    ],
    'GET /api/auth/export': [{ action: 'signed in', inPerson: true, status: 202 }],
    'GET /api/auth/export/:id': [onArchive()],
    'GET /api/auth/export/:id/file': [onArchive('/file')],
    'POST /api/auth/password': [
      {
        action: 'signed in',
        inPerson: true,
        spends: true,
        send: () => ({ body: { current: PASSWORD, password: PASSWORD } }),
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
        action: end('end a sign-in'),
        inPerson: true,
        owned: BOTH,
        refused: 404,
        async send({ app, owner }) {
          const begun = await app.database.models.write((transaction) =>
            app.services.signIns.begin(transaction, owner, A_PROGRAM),
          );
          return { path: `/api/auth/sessions/${begun.signInId}` };
        },
      },
    ],
    'GET /api/auth/tokens': [{ action: 'signed in', inPerson: true }],
    'POST /api/auth/tokens': [{ action: 'signed in', inPerson: true, send: () => ({ body: NEW_TOKEN }) }],
    'DELETE /api/auth/tokens/:id': [
      {
        action: end('end an access token'),
        inPerson: true,
        owned: BOTH,
        refused: 404,
        async send({ app, owner, actor }) {
          const { id } = await app.services.personalTokens.create(await actor(owner), NEW_TOKEN);
          return { path: `/api/auth/tokens/${id}` };
        },
      },
    ],
  },
  alsoDecided: [
    action(
      'manage one’s sign-ins, access tokens and password',
      credentialPolicy.manage,
      (who, id) => who.id === id && credentialPolicy.manage(who),
    ),
    action(
      'by a personal access token: manage one’s sign-ins, access tokens and password',
      credentialPolicy.manage,
      (who, id) => who.id === id && credentialPolicy.manage({ kind: 'personal-token' }),
    ),
  ],
};
