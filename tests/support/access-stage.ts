import { commandActor } from '../../services/actor.js';
import type { Role } from '../../models/users/user.js';
import type { Stage } from './access-cases.js';
import type { TestApp } from './start-test-app.js';
import { A_PROGRAM } from './tokens.js';

let numbers = 0;
const unique = () => (numbers += 1);

/** Creates what a case acts on. @param owner the account that owns it. */
export function stageFor(app: TestApp, owner: number): Stage {
  const as = async (id: number) => {
    const viewer = await app.services.viewers.find(id);
    if (!viewer) throw new Error(`no account ${id}`);
    return commandActor(viewer);
  };
  return {
    app,
    owner,
    unique,
    otherAccount: () => addPerson(app),
    async post(authorId, status = 'published') {
      const post = { title: `Post ${unique()}`, content: 'text', category: 'tech', status };
      return (await app.services.posts.create(await as(authorId), post)).id;
    },
    async comment(authorId, postId) {
      return (await app.services.comments.add(await as(authorId), postId, { content: 'Hm' })).id;
    },
    async signIn(userId) {
      const begun = await app.database.models.write((transaction) =>
        app.services.signIns.begin(transaction, userId, A_PROGRAM),
      );
      return begun.signInId;
    },
    async token(userId) {
      const wanted = { name: 'script', scopes: ['read'], expiresInDays: 1 } as const;
      return (await app.services.personalTokens.create(await as(userId), wanted)).id;
    },
    async archive(userId) {
      const { id } = await app.services.exports.begin(await as(userId));
      await app.services.exports.idle();
      return id;
    },
    async picture(ownerId) {
      const row = {
        ownerId,
        filename: `${unique()}.png`,
        originalName: 'x',
        size: 1,
        width: 1,
        height: 1,
        variants: [],
      };
      const made = await app.database.models.write((transaction) =>
        app.database.models.uploads.insert(transaction, row),
      );
      return made.id;
    },
  };
}

/** Creates an account for one case with the password hash of `seeded-member`: a hash for each would take minutes. */
export async function addPerson(app: TestApp, role: Role = 'user'): Promise<number> {
  const { models } = app.database;
  const known = await models.users.findPassword('seeded-member');
  const name = `person${unique()}`;
  const row = {
    passwordHash: known?.passwordHash,
    role,
    username: name,
    usernameKey: name,
    email: `${name}@example.com`,
    emailKey: `${name}@example.com`,
  };
  return (await models.write((transaction) => models.users.insert(transaction, row))).id;
}
