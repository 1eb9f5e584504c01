import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../models/user.js';
import { commandActor } from '../services/actor.js';
import { userKey } from '../services/users/viewers.js';
import { CASES, type Case, type Stage } from '../tests/support/access-cases.js';
import type { Client } from '../tests/support/client.js';
import { mayDo, STRANGER, type Who, type Whose } from '../tests/support/policy-table.js';
import { routesOf, type Route } from '../tests/support/route-table.js';
import { PASSWORD, startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import { A_PROGRAM } from '../tests/support/tokens.js';

/** Somebody who asks: by session and by token. */
interface Person {
  id: number;
  clients: Record<By, Client>;
}
const BY = ['session', 'token'] as const;
type By = (typeof BY)[number];

let app: TestApp;
const people = new Map<Who, Promise<Person>>();
let numbers = 0;
const unique = () => (numbers += 1);
beforeAll(async () => {
  app = await startTestApp();
  await app.admin();
  await app.member('somebody');
});
afterAll(() => app.stop());

const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`;

it('has an entry for every route, and none for others', () => {
  expect(Object.keys(CASES).toSorted()).toEqual(routesOf(app.services).map(nameOf).toSorted());
});

describe.each(Object.entries(CASES))('%s', (name, cases) => {
  const [method = '', path = ''] = name.split(' ');

  it.each(cases)('is for whom the policies say: $action', async (tried) => {
    const access = routesOf(app.services).find((route) => nameOf(route) === name)?.spec?.access;
    const route = { method, path, access, tried };
    const wrong: string[] = [];
    for (const [kind, client] of Object.entries({ browser: app.browser(), program: app.program() })) {
      const told = `${STRANGER} with a ${kind}`;
      wrong.push(...(await differences({ ...route, who: STRANGER, whose: 'other’s', client, id: 0, told })));
    }
    for (const who of ROLES) {
      for (const whose of tried.owned ?? (['other’s'] as const)) {
        for (const by of BY) {
          const { id, clients } = await (people.get(who) ?? enlist(who));
          const told = `${who}, ${whose}, by ${by}`;
          wrong.push(...(await differences({ ...route, who, whose, client: clients[by], id, told })));
          if (tried.spends) people.delete(who);
        }
      }
    }

    expect(wrong).toEqual([]);
  });
});

interface Trial {
  method: string;
  path: string;
  access: string | undefined;
  tried: Case;
  who: Who;
  whose: Whose;
  client: Client;
  id: number;
  told: string;
}

/** Sends it, and says where the answer is not what the table says. */
async function differences({ method, path, access, tried, who, whose, client, id, told }: Trial): Promise<string[]> {
  const stage = stageFor(whose === 'own' ? id : await somebody());
  const { path: filled = path, body } = (await tried.send?.(stage)) ?? {};
  const answer = await client.request(method, filled, body === undefined ? {} : { body });
  const may = allowed(tried, who, whose);
  if (tried.shows) return tried.shows(answer) === may ? [] : [`${told}: sees ${answer.text}, should be ${may}`];

  const refused = tried.refused ?? 403;
  const unknown = access === 'signed-in' ? 401 : (tried.stranger ?? refused);
  const meant = may ? succeeding(tried) : [who === STRANGER ? unknown : refused];
  return meant.includes(answer.status)
    ? []
    : [`${told}: ${answer.status} instead of ${meant.join('/')} ${answer.text}`];
}

function allowed({ action }: Case, who: Who, whose: Whose): boolean {
  if (action === 'everybody') return true;
  return action === 'whoever is signed in' ? who !== STRANGER : mayDo(action, who, whose);
}

const succeeding = ({ status = [200, 201, 204] }: Case): number[] => [status].flat();

function stageFor(owner: number): Stage {
  const as = async (id: number) => {
    const viewer = await app.services.viewers.find(id);
    if (!viewer) throw new Error(`no account ${id}`);
    return commandActor(viewer);
  };
  return {
    app,
    owner,
    unique,
    somebody,
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
    async picture(ownerId) {
      const row = {
        ownerId,
        filename: `${unique()}.png`,
        originalName: 'x',
        size: 1,
        width: 1,
        height: 1,
        variants: '[]',
      };
      const made = await app.database.models.write((transaction) =>
        app.database.models.Upload.create(row, { transaction }),
      );
      return made.id;
    },
  };
}

/** An account for one case, with somebody's password: hashing another for each would take minutes. */
async function somebody(): Promise<number> {
  const { models } = app.database;
  const known = await models.User.findOne({ where: { username: 'somebody' }, rejectOnEmpty: true });
  const name = `person${unique()}`;
  const { id: _, ...fields } = known.get({ plain: true });
  const row = {
    ...fields,
    username: name,
    usernameKey: name,
    email: `${name}@example.com`,
    emailKey: `${name}@example.com`,
  };
  return (await models.write((transaction) => models.User.create(row, { transaction }))).id;
}

/** Somebody of this role, signed in both ways. */
async function enlist(role: Role): Promise<Person> {
  const made = (async () => {
    const id = await somebody();
    await app.database.models.write(
      (transaction) => app.database.models.User.update({ role }, { where: { id }, transaction }),
      [userKey(id)],
    );
    const [session, program] = [app.browser(), app.program()];
    const body = { username: (await app.services.viewers.find(id))?.username, password: PASSWORD };
    await session.post('/api/auth/login', body);
    const { token } = (await program.post('/api/auth/login', body)).json<{ token: string }>();
    return { id, clients: { session, token: app.program({ Authorization: `Bearer ${token}` }) } };
  })();
  people.set(role, made);
  return made;
}
