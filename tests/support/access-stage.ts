import { commandActor, type Actor } from '../../services/actor.js';
import type { Role } from '../../models/users/user.js';
import { PASSWORD, type TestApp } from './start-test-app.js';

/** What a case acts on: rows that are made for it, so that no case depends on another. */
export interface Stage {
  app: TestApp;
  /** The owner of the rows: the caller, or another account made for this case. */
  owner: number;
  /** Returns a different number on each call. */
  unique: () => number;
  /** The account as the services take it. */
  actor: (userId: number) => Promise<Actor>;
  /** Creates a post. @returns its id. */
  post: (authorId: number, status?: 'draft' | 'published') => Promise<number>;
  /** Creates an account. @returns its id. */
  otherAccount: () => Promise<number>;
}

let numbers = 0;
const unique = () => (numbers += 1);

/** The fields of an account that is not there yet. */
export const account = (number: number) => ({
  username: `made${number}`,
  email: `made${number}@example.com`,
  password: PASSWORD,
});

/** Creates what a case acts on. @param owner the account that owns it. */
export function stageFor(app: TestApp, owner: number): Stage {
  const actor = async (id: number) => {
    const viewer = await app.services.viewers.find(id);
    if (!viewer) throw new Error(`no account ${id}`);
    return commandActor(viewer);
  };
  return {
    app,
    owner,
    unique,
    actor,
    otherAccount: () => addPerson(app),
    async post(authorId, status = 'published') {
      const post = { title: `Post ${unique()}`, content: 'text', category: 'tech', status };
      return (await app.services.posts.create(await actor(authorId), post)).id;
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
