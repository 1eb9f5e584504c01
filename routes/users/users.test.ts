import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Client } from '../../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { countRows } from '../../tests/support/rows.js';

interface User {
  id: number;
  username: string;
  email: string;
  name: string | null;
  age: number | null;
  role: string;
  isActive: boolean;
  profile: Record<string, string | null>;
  fullName: string;
  createdAt: string;
  updatedAt: string;
}
interface Page {
  users: User[];
  pagination: { current: number; pages: number; total: number; limit: number };
}

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
});
afterAll(() => app.stop());

let count = 0;
function newUser(fields: object = {}) {
  count += 1;
  return { username: `user${count}`, email: `user${count}@example.com`, password: PASSWORD, ...fields };
}
const userIn = (answer: Answer) => answer.json<{ user: User }>().user;
const create = async (fields: object = {}) => userIn(await admin.post('/api/users', newUser(fields)));
/** A browser signed in as a user who was just made. */
async function member(fields: object = {}): Promise<Client & { user: User }> {
  const user = await create(fields);
  const client = app.browser();
  await client.post('/api/auth/login', { username: user.username, password: PASSWORD });
  return { ...client, user };
}

const FULL = {
  name: 'Ada',
  age: 36,
  avatar: 'https://example.com/ada.png',
  profile: { firstName: 'Ada', lastName: 'Lovelace', bio: 'Notes', website: 'https://example.com', location: 'London' },
};

describe('POST /api/users', () => {
  it('creates an account with all given fields, and returns its address', async () => {
    const account = newUser({ ...FULL, role: 'admin', isActive: false });
    const answer = await admin.post('/api/users', account);
    const { password: _, ...shown } = account;

    expect(answer.status).toBe(201);
    expect(userIn(answer)).toMatchObject({ ...shown, fullName: 'Ada Lovelace', lastLogin: null });
    expect(answer.headers.get('Location')).toBe(`/api/users/${userIn(answer).id}`);
    expect((await admin.get(answer.headers.get('Location') ?? '')).json()).toMatchObject(answer.json());
  });

  it('does not sign the caller in', async () => {
    const answer = await admin.post('/api/users', newUser());

    expect(answer.headers.getSetCookie()).toEqual([]);
    expect((await admin.get('/api/auth/me')).json()).toMatchObject({ user: { username: 'admin' } });
    expect(answer.text).not.toContain('token');
  });

  it('takes a form', async () => {
    const answer = await admin.post(
      '/api/users',
      new URLSearchParams({ ...newUser(), age: '20', role: 'user', name: '' }),
    );

    expect(answer.status, answer.text).toBe(201);
    expect(userIn(answer)).toMatchObject({ age: 20, name: null });
  });

  it.each([
    ['email', 'email_taken'],
    ['username', 'username_taken'],
  ] as const)('refuses a taken %s, whatever its case', async (field, code) => {
    const taken = newUser();
    await admin.post('/api/users', taken);
    const answer = await admin.post('/api/users', newUser({ [field]: taken[field].toUpperCase() }));

    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code, details: [{ path: field }] });
  });

  it('builds fullName from the name, the profile or the user name', async () => {
    expect((await create({ name: 'Nick' })).fullName).toBe('Nick');
    expect((await create({ name: 'Nick', profile: { lastName: 'Last' } })).fullName).toBe('Last');
    const plain = await create();
    expect(plain.fullName).toBe(plain.username);
  });
});

describe('GET /api/users', () => {
  let own: TestApp;
  let boss: Client;
  beforeAll(async () => {
    own = await startTestApp();
    boss = await own.admin();
    const names = [
      'Ångström',
      'angela',
      'Zoë',
      '100% Bob',
      'under_score',
      "O'Hara",
      'back\\slash',
      null,
      'ANGUS',
      '李雷',
    ];
    for (const [index, name] of names.entries()) {
      await boss.post('/api/users', {
        username: `member${index}`,
        email: `m${9 - index}@${index % 2 ? 'odd' : 'even'}.example`,
        password: PASSWORD,
        name,
        role: index === 3 ? 'admin' : 'user',
      });
    }
    return () => own.stop();
  });
  const list = async (query = '') => (await boss.get(`/api/users${query}`)).json<Page>();
  const namesIn = ({ users }: Page) => users.map(({ name }) => name);

  it('shows administrators all fields of everybody, newest first, ten at a time', async () => {
    const page = await list();

    expect(page.pagination).toEqual({ current: 1, pages: 2, total: 11, limit: 10 });
    expect(page.users).toHaveLength(10);
    expect(page.users[0]).toMatchObject({ username: 'member9', email: 'm0@odd.example', role: 'user' });
    expect(JSON.stringify(page)).not.toMatch(/password|argon2|epoch|Key/i);
  });

  it('shows each account on exactly one page, whatever the order', async () => {
    for (const sort of ['createdAt', '-createdAt', 'role', '-role', 'name', '-lastLogin', 'lastLogin']) {
      const ids = [];
      for (const page of [1, 2, 3, 4]) ids.push(...(await list(`?limit=3&page=${page}&sort=${sort}`)).users);

      expect(new Set(ids.map(({ id }) => id)).size, sort).toBe(11);
    }
  });

  it('is empty beyond the last page', async () => {
    expect(await list('?page=99')).toEqual({
      users: [],
      pagination: { current: 99, pages: 2, total: 11, limit: 10 },
    });
  });

  it.each([
    ['ang', ['angela', 'ANGUS']],
    ['ANG', ['angela', 'ANGUS']],
    ['ÅNG', ['Ångström']],
    ['A\u030angstr', ['Ångström']],
    ['%', ['100% Bob']],
    ['_', ['under_score']],
    ["'", ["O'Hara"]],
    ['\\', ['back\\slash']],
    ['雷', ['李雷']],
    ['*', []],
    ['no-such-name', []],
  ])('finds names that hold %s', async (part, names) => {
    const page = await list(`?name=${encodeURIComponent(part)}&sort=id`);

    expect(namesIn(page)).toEqual(names);
    expect(page.pagination.total).toBe(names.length);
  });

  it('searches user names, addresses and names', async () => {
    expect((await list('?search=MEMBER3')).users).toMatchObject([{ username: 'member3' }]);
    expect((await list('?search=odd.example')).pagination.total).toBe(5);
    expect((await list('?search=zo%C3%8B')).users).toMatchObject([{ name: 'Zoë' }]);
    expect((await list('?search=example&name=angela')).users).toMatchObject([{ name: 'angela' }]);
  });

  it('takes an empty filter for none', async () => {
    expect((await list('?name=&search=')).pagination.total).toBe(11);
  });

  it.each(['id', 'username', 'email', 'role', 'createdAt'] as const)('sorts by %s, both ways', async (field) => {
    const [up, down] = [await list(`?limit=100&sort=${field}`), await list(`?limit=100&sort=-${field}`)];

    const values = up.users.map((user) => user[field]);
    expect(values).toEqual(values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    expect(down.users.map(({ id }) => id)).toEqual(up.users.map(({ id }) => id).toReversed());
  });

  it.each([
    'page=0',
    'page=-1',
    'page=1.5',
    'page=1e1',
    'page=abc',
    'page=',
    'page=1&page=2',
    'page=9007199254740993',
    'limit=0',
    'limit=101',
    'limit=0x10',
    'sort=password',
    'sort=passwordHash',
    'sort=--id',
    'sort=',
    'sort=id,name',
    'name=a&name=b',
    'name=%00',
    `name=${'x'.repeat(51)}`,
  ])('refuses ?%s', async (query) => {
    const answer = await boss.get(`/api/users?${query}`);

    expect(answer.status, answer.text).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'validation_failed', details: [{ path: query.split('=')[0] }] });
  });

  it('is for administrators', async () => {
    const ada = await own.member('ada');

    const answer = await ada.get('/api/users');
    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'forbidden' });
    const { id } = ada;
    expect((await boss.delete(`/api/users/${id}`)).status).toBe(204);
  });
});

describe('GET /api/users/:id', () => {
  it('shows all fields to the person and to administrators, the public profile to others', async () => {
    const ada = await member(FULL);
    const path = `/api/users/${ada.user.id}`;
    const full = userIn(await admin.get(path));

    expect(userIn(await ada.get(path))).toEqual(full);
    const { id, username, name, avatar, profile, fullName, createdAt } = full as User & { avatar: string };
    const open = { id, username, name, avatar, profile, fullName, createdAt };
    for (const other of [await member(), app.browser(), app.program()]) {
      expect(userIn(await other.get(path))).toEqual(open);
    }
  });

  it.each([
    '0',
    '-1',
    '1e3',
    '0x1',
    '1.0',
    '01',
    '+1',
    '%201',
    'abc',
    'me',
    '9007199254740993',
    '99999999999999999999',
    '%00',
    '%ff',
    '1%00',
    '1;2',
    "1'--",
    '٣',
  ])('answers 400 to the id %s', async (id) => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const sends = method === 'GET' || method === 'DELETE' ? {} : { body: newUser() };
      const answer = await admin.request(method, `/api/users/${id}`, sends);

      expect(answer.status, method).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'validation_failed', details: [{ path: 'id' }] });
    }
  });

  it('returns 404 for an unknown id, by every method', async () => {
    for (const id of [99_999, 9_007_199_254_740_991]) {
      const path = `/api/users/${id}`;
      const { password: _, ...fields } = newUser();
      const answers = [
        await admin.get(path),
        await admin.put(path, fields),
        await admin.patch(path, {}),
        await admin.delete(path),
      ];

      for (const answer of answers) {
        expect(answer.status, answer.text).toBe(404);
        expect(answer.json()).toMatchObject({ code: 'not_found', requestId: expect.any(String) });
      }
    }
  });
});

describe('PATCH /api/users/:id', () => {
  it('changes what is given and leaves the rest', async () => {
    const ada = await member(FULL);
    const path = `/api/users/${ada.user.id}`;
    const before = userIn(await ada.get(path));

    const after = userIn(await ada.patch(path, { name: 'Countess', profile: { bio: 'Engines' } }));

    expect(after).toEqual({
      ...before,
      name: 'Countess',
      profile: { ...before.profile, bio: 'Engines' },
      updatedAt: after.updatedAt,
    });
    expect(userIn(await ada.get(path))).toEqual(after);
  });

  it('changes nothing when nothing is given', async () => {
    const ada = await member(FULL);
    const before = userIn(await ada.get(`/api/users/${ada.user.id}`));

    for (const nothing of [{}, { profile: {} }]) {
      expect(userIn(await ada.patch(`/api/users/${ada.user.id}`, nothing))).toEqual(before);
    }
  });

  it('clears a field by null and by an empty text', async () => {
    const ada = await member(FULL);
    const path = `/api/users/${ada.user.id}`;

    const cleared = { name: null, age: null, avatar: '', profile: { bio: null, website: '' } };
    expect(userIn(await ada.patch(path, cleared))).toMatchObject({
      name: null,
      age: null,
      avatar: null,
      profile: { bio: null, website: null, firstName: 'Ada' },
    });
  });

  it.each([
    { username: null },
    { email: '' },
    { age: -1 },
    { age: 151 },
    { age: 1.5 },
    { age: '36' },
    { age: 1e308 },
    { name: 'x'.repeat(51) },
    { name: 1 },
    { avatar: 'javascript:alert(1)' },
    { avatar: '//evil.example/x.png' },
    { avatar: '/\\evil.example/x.png' },
    { avatar: '/a b.png' },
    { avatar: 'data:image/png;base64,xx' },
    { profile: { website: 'javascript:alert(1)' } },
    { profile: { website: 'ftp://example.com' } },
    { profile: { website: 'http:here' } },
    { profile: { website: 'https://example.com/\r\nX: y' } },
    { profile: { website: 'https://' } },
    { profile: { bio: 'x'.repeat(501) } },
    { profile: null },
    { profile: [] },
    { profile: { nickname: 'x' } },
    { role: 'root' },
    { role: null },
    { isActive: 'true' },
    { isActive: null },
    { id: 7 },
    { fullName: 'x' },
    { createdAt: '2020-01-01T00:00:00Z' },
    { passwordHash: 'x' },
    { sessionEpoch: 1 },
    { lastLogin: null },
  ])('refuses %j and changes nothing', async (changes) => {
    const user = await create(FULL);
    const answer = await admin.patch(`/api/users/${user.id}`, { name: 'Changed', ...changes });

    expect(answer.status, answer.text).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'validation_failed' });
    expect(userIn(await admin.get(`/api/users/${user.id}`))).toEqual(user);
  });

  it('forbids changing another’s account', async () => {
    const [ada, eve] = [await member(), await member()];
    const path = `/api/users/${ada.user.id}`;
    const { password: _, ...fields } = newUser();

    for (const answer of [await eve.patch(path, { name: 'x' }), await eve.put(path, fields), await eve.delete(path)]) {
      expect(answer.status).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'forbidden' });
    }
    expect(userIn(await admin.get(path))).toMatchObject({ username: ada.user.username, name: null });
  });

  it.each([{ role: 'admin' }, { isActive: false }, { password: 'a brand new one' }])(
    'forbids giving oneself %j',
    async (changes) => {
      const eve = await member();
      const path = `/api/users/${eve.user.id}`;
      const { username, email } = eve.user;

      expect((await eve.patch(path, { name: 'x', ...changes })).status).toBe(403);
      expect((await eve.put(path, { username, email, ...changes })).status).toBe(403);
      expect(userIn(await admin.get(path))).toMatchObject({ role: 'user', isActive: true, name: null });
    },
  );

  it('lets people send back what they were shown of themselves', async () => {
    const ada = await member(FULL);
    const { username, email, name, age, role, isActive, profile } = ada.user;

    const answer = await ada.put(`/api/users/${ada.user.id}`, { username, email, name, age, role, isActive, profile });

    expect(answer.status, answer.text).toBe(200);
  });

  it('lets an administrator set a password, which ends the sessions', async () => {
    const ada = await member();

    expect((await admin.patch(`/api/users/${ada.user.id}`, { password: 'given by admin' })).status).toBe(200);

    expect((await ada.get('/api/auth/me')).status).toBe(401);
    const login = { username: ada.user.username, password: 'given by admin' };
    expect((await app.browser().post('/api/auth/login', login)).status).toBe(200);
  });

  it('lets people change the case of their own name', async () => {
    const ada = await member();
    const answer = await ada.patch(`/api/users/${ada.user.id}`, { username: ada.user.username.toUpperCase() });

    expect(answer.status).toBe(200);
    expect(userIn(answer).username).toBe(ada.user.username.toUpperCase());
  });

  it('gives a name to one of two who ask at the same instant', async () => {
    const [ada, eve] = [await member(), await member()];
    const answers = await Promise.all([
      ada.patch(`/api/users/${ada.user.id}`, { username: 'Wanted' }),
      eve.patch(`/api/users/${eve.user.id}`, { username: 'wanted' }),
    ]);

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400]);
    expect(answers.find(({ status }) => status === 400)?.json()).toMatchObject({ code: 'username_taken' });
  });

  it('loses none of many changes made at the same instant', async () => {
    const ada = await member();
    const path = `/api/users/${ada.user.id}`;
    const changes = [
      { name: 'Name' },
      { age: 40 },
      { profile: { bio: 'Bio' } },
      { profile: { location: 'Here' } },
      { avatar: '/a.png' },
    ];

    await Promise.all(changes.map((change) => ada.patch(path, change)));

    expect(userIn(await ada.get(path))).toMatchObject({
      name: 'Name',
      age: 40,
      avatar: '/a.png',
      profile: { bio: 'Bio', location: 'Here' },
    });
  });
});

describe('PUT /api/users/:id', () => {
  it('replaces: a field left out is cleared', async () => {
    const user = await create({ ...FULL, role: 'admin' });
    const { username, email } = user;

    const answer = await admin.put(`/api/users/${user.id}`, { username, email, profile: { bio: 'Only this' } });

    expect(userIn(answer)).toMatchObject({
      name: null,
      age: null,
      avatar: null,
      profile: { firstName: null, lastName: null, bio: 'Only this', website: null, location: null },
      createdAt: user.createdAt,
    });
    expect(userIn(await admin.get(`/api/users/${user.id}`))).toEqual(userIn(answer));
  });

  it('leaves role, active state and password unchanged', async () => {
    const user = await create({ role: 'admin', isActive: false });
    const { username, email } = user;

    expect(userIn(await admin.put(`/api/users/${user.id}`, { username, email }))).toMatchObject({
      role: 'admin',
      isActive: false,
    });
    await admin.patch(`/api/users/${user.id}`, { isActive: true });
    expect((await app.browser().post('/api/auth/login', { username, password: PASSWORD })).status).toBe(200);
  });

  it.each([['username'], ['email']])('needs the %s', async (field) => {
    const user = await create(FULL);
    const { password: _, ...fields } = newUser();
    const answer = await admin.put(`/api/users/${user.id}`, { ...fields, [field]: undefined });

    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'validation_failed', details: [{ path: field }] });
    expect(userIn(await admin.get(`/api/users/${user.id}`))).toEqual(user);
  });
});

describe('DELETE /api/users/:id', () => {
  it('removes the account, whose name and address are free again', async () => {
    const ada = await member();
    const answer = await admin.delete(`/api/users/${ada.user.id}`);

    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect((await admin.get(`/api/users/${ada.user.id}`)).status).toBe(404);
    expect((await ada.get('/api/auth/me')).status).toBe(401);
    const { username, email } = ada.user;
    const again = await admin.post('/api/users', { username, email, password: PASSWORD });
    expect(again.status).toBe(201);
    expect(userIn(again).id).toBeGreaterThan(ada.user.id);
    expect((await ada.get('/api/auth/me')).status).toBe(401);
  });

  it('is for administrators only, not for the account itself', async () => {
    const ada = await member();

    expect((await ada.delete(`/api/users/${ada.user.id}`)).status).toBe(403);
  });
});

describe('the last active administrator', () => {
  /** An installation with only these administrators. */
  async function installation(others: number) {
    const own = await startTestApp();
    const boss = await own.admin();
    const id = userIn(await boss.get('/api/auth/me')).id;
    const admins = [{ client: boss, id }];
    for (let index = 0; index < others; index += 1) {
      const user = userIn(await boss.post('/api/users', newUser({ role: 'admin' })));
      const client = own.browser();
      await client.post('/api/auth/login', { username: user.username, password: PASSWORD });
      admins.push({ client, id: user.id });
    }
    return { own, admins };
  }
  const activeAdmins = (own: TestApp) => countRows(own.database, 'users', "WHERE role = 'admin' AND is_active");

  it('cannot be deleted, switched off or demoted, by PATCH or PUT', async () => {
    const { own, admins } = await installation(0);
    const [{ client, id } = { client: admin, id: 0 }] = admins;
    const { username, email } = userIn(await client.get('/api/auth/me'));
    const path = `/api/users/${id}`;
    const attempts = [
      await client.delete(path),
      await client.patch(path, { isActive: false }),
      await client.patch(path, { role: 'user' }),
      await client.put(path, { username, email, role: 'user' }),
      await client.put(path, { username, email, isActive: false }),
    ];

    for (const answer of attempts) {
      expect(answer.status).toBe(409);
      expect(answer.json()).toMatchObject({ code: 'last_admin' });
    }
    expect((await client.patch(path, { name: 'Still here' })).status).toBe(200);
    await own.stop();
  });

  it('is not replaced by one who is switched off', async () => {
    const { own, admins } = await installation(1);
    const [first, second] = admins;
    await first?.client.patch(`/api/users/${second?.id}`, { isActive: false });

    expect((await first?.client.delete(`/api/users/${first.id}`))?.status).toBe(409);
    await own.stop();
  });

  it.each([
    ['demote', (client: Client, id: number) => client.patch(`/api/users/${id}`, { role: 'user' })],
    ['switch off', (client: Client, id: number) => client.patch(`/api/users/${id}`, { isActive: false })],
    ['delete', (client: Client, id: number) => client.delete(`/api/users/${id}`)],
  ])('remains when two %s each other at the same instant', async (_name, act) => {
    const { own, admins } = await installation(1);
    const [first, second] = admins;
    if (!first || !second) throw new Error('two are needed');

    const answers = await Promise.all([act(first.client, second.id), act(second.client, first.id)]);

    expect(await activeAdmins(own)).toBe(1);
    const successes = answers.filter(({ status }) => status === 200 || status === 204);
    expect(successes).toHaveLength(1);
    for (const { status } of answers) expect([200, 204, 401, 403, 409]).toContain(status);
    await own.stop();
  });
});
