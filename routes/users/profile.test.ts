import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let ada: Client & { id: number };
let bob: Client & { id: number };
beforeAll(async () => {
  app = await startTestApp();
  [ada, bob] = await Promise.all([app.member('Ada.L'), app.member('bob')]);
  await ada.post(`/api/users/${bob.id}/follow`);
});
afterAll(() => app.stop());

interface Profile {
  user: object;
  followers: number;
  following: number;
  followedByMe: boolean;
}
const profileOf = async (reader: Client, name: string) =>
  (await reader.get(`/api/users/username/${encodeURIComponent(name)}`)).json<Profile>();

it('finds an account by its user name in any case, and shows only what is public, also to its owner', async () => {
  const profile = await profileOf(app.program(), 'aDA.l');

  expect(profile).toMatchObject({
    user: { id: ada.id, username: 'Ada.L' },
    followers: 0,
    following: 1,
    followedByMe: false,
  });
  expect(profile.user).not.toHaveProperty('email');
  expect(await profileOf(ada, 'Ada.L')).toEqual(profile);
  expect(await profileOf(app.program(), 'ａｄａ．ｌ')).toEqual(profile); // as sign-in takes it
});

it('says what `GET /api/users/:id` says to others', async () => {
  for (const reader of [app.program(), ada, bob]) {
    const byId = (await reader.get(`/api/users/${bob.id}`)).json<object>();
    const byName = await profileOf(reader, 'bob');

    expect(byId).toMatchObject(byName);
  }
  const [byId, byName] = [await ada.get(`/api/users/${bob.id}`), await ada.get('/api/users/username/bob')];
  expect(byId.json()).toEqual(byName.json());
});

it('says whether the caller follows the account, at once', async () => {
  const followed = () => profileOf(ada, 'bob');

  expect(await followed()).toMatchObject({ followers: 1, followedByMe: true });
  await ada.delete(`/api/users/${bob.id}/follow`);
  expect(await followed()).toMatchObject({ followers: 0, followedByMe: false });
  await ada.post(`/api/users/${bob.id}/follow`);
  expect(await profileOf(bob, 'bob')).toMatchObject({ followers: 1, following: 0, followedByMe: false });
});

it('is revalidated by its ETag', async () => {
  const first = await bob.get('/api/users/username/bob');
  const again = await bob.get('/api/users/username/bob', {
    'If-None-Match': first.headers.get('ETag') ?? '',
    'Cache-Control': 'max-age=0',
  });

  expect([again.status, again.text]).toEqual([304, '']);
});

it.each(['no.such.person', 'bob@example.com', '1', '%00', 'x'.repeat(101), '%ff'])(
  'is a 404 or a 400 for %s, which is no user name',
  async (name) => {
    expect([400, 404]).toContain((await ada.get(`/api/users/username/${name}`)).status);
  },
);

it('finds an account whose name is a word of another address', async () => {
  const { id } = await app.member('content');

  expect(await profileOf(ada, 'content')).toMatchObject({ user: { id } });
});
