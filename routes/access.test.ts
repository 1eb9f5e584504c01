import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../models/users/user.js';
import { ANONYMOUS, isAllowed, nameOfAction, type Case, type Who, type Whose } from '../tests/support/access.js';
import { CASES } from '../tests/support/access-table.js';
import { addPerson, stageFor } from '../tests/support/access-stage.js';
import type { Client } from '../tests/support/client.js';
import { routesOf, type Route } from '../tests/support/route-table.js';
import { PASSWORD, startTestApp, type TestApp } from '../tests/support/start-test-app.js';

/** A test account with a client for each kind of credential. */
interface Person {
  id: number;
  clients: Record<By, Client>;
}
const BY = ['session', 'token'] as const;
type By = (typeof BY)[number];

let app: TestApp;
const people = new Map<Who, Promise<Person>>();
beforeAll(async () => {
  app = await startTestApp();
  await app.admin();
  await app.member('seeded-member');
});
afterAll(() => app.stop());

const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`;

it('has cases for every route, and none for others', () => {
  expect(Object.keys(CASES).toSorted()).toEqual(routesOf(app.services).map(nameOf).toSorted());
});

describe.each(Object.entries(CASES))('%s', (name, cases) => {
  const [method = '', path = ''] = name.split(' ');

  it.each(cases.map((tried) => [nameOfAction(tried), tried] as const))(
    'allows exactly the callers that the policies allow: %s',
    async (_name, tried) => {
      const access = routesOf(app.services).find((route) => nameOf(route) === name)?.spec?.access;
      const route = { method, path, access, tried };
      const wrong: string[] = [];
      for (const [kind, client] of Object.entries({ browser: app.browser(), program: app.program() })) {
        const caller = `${ANONYMOUS} with a ${kind}`;
        wrong.push(...(await differences({ ...route, who: ANONYMOUS, whose: 'other’s', client, id: 0, caller })));
      }
      for (const who of ROLES) {
        for (const whose of tried.owned ?? (['other’s'] as const)) {
          for (const by of BY) {
            const { id, clients } = await (people.get(who) ?? enlist(who));
            const caller = `${who}, ${whose}, by ${by}`;
            wrong.push(...(await differences({ ...route, who, whose, client: clients[by], id, caller })));
            if (tried.spends) people.delete(who);
          }
        }
      }

      expect(wrong).toEqual([]);
    },
  );
});

interface AccessAttempt {
  method: string;
  path: string;
  access: string | undefined;
  tried: Case;
  who: Who;
  whose: Whose;
  client: Client;
  id: number;
  caller: string;
}

/** Sends the request and returns where the response differs from the policy table. */
async function differences({
  method,
  path,
  access,
  tried,
  who,
  whose,
  client,
  id,
  caller,
}: AccessAttempt): Promise<string[]> {
  const stage = stageFor(app, whose === 'own' ? id : await addPerson(app));
  const { path: filled = path, body } = (await tried.send?.(stage)) ?? {};
  const answer = await client.request(method, filled, body === undefined ? {} : { body });
  const may = isAllowed(tried, who, whose);
  if (tried.shows) return tried.shows(answer) === may ? [] : [`${caller}: sees ${answer.text}, should be ${may}`];

  const refused = tried.refused ?? 403;
  const unknown = access === 'signed-in' ? 401 : (tried.anonymous ?? refused);
  const meant = may ? succeeding(tried) : [who === ANONYMOUS ? unknown : refused];
  return meant.includes(answer.status)
    ? []
    : [`${caller}: ${answer.status} instead of ${meant.join('/')} ${answer.text}`];
}

const succeeding = ({ status = [200, 201, 204] }: Case): number[] => [status].flat();

/** Creates an account of this role, signed in both ways. */
async function enlist(role: Role): Promise<Person> {
  const made = (async () => {
    const id = await addPerson(app, role);
    const [session, program] = [app.browser(), app.program()];
    const body = { username: (await app.services.viewers.find(id))?.username, password: PASSWORD };
    await session.post('/api/auth/login', body);
    const { token } = (await program.post('/api/auth/login', body)).json<{ token: string }>();
    return { id, clients: { session, token: app.program({ Authorization: `Bearer ${token}` }) } };
  })();
  people.set(role, made);
  return made;
}
