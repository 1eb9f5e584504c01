import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { readPost, writePost } from '../../tests/support/posts.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let count = 0;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const member = () => app.member(`leaver${(count += 1)}`);
const leave = (who: Client, body: object = { currentPassword: PASSWORD }, query = '') =>
  who.request('DELETE', `/api/auth/me${query}`, { body });

it('deletes the account, and ends its sessions and tokens at once', async () => {
  const ada = await member();
  const username = `leaver${count}`;
  const elsewhere = app.browser();
  await elsewhere.post('/api/auth/login', { username, password: PASSWORD });
  const { token } = (await app.program().post('/api/auth/login', { username, password: PASSWORD })).json<{
    token: string;
  }>();
  const program = app.program({ Authorization: `Bearer ${token}` });

  const answer = await leave(ada);

  expect([answer.status, answer.text]).toEqual([204, '']);
  for (const client of [ada, elsewhere, program]) expect((await client.get('/api/auth/me')).status).toBe(401);
  expect((await app.program().get(`/api/users/${ada.id}`)).status).toBe(404);
  expect((await app.program().post('/api/auth/login', { username, password: PASSWORD })).status).toBe(401);
  expect(
    (await app.browser().post('/api/auth/register', { username, email: 'new@example.com', password: PASSWORD })).status,
  ).toBe(201);
});

it('keeps posts without an author, or deletes them', async () => {
  const [keeping, deleting] = [await member(), await member()];
  const [released, deleted] = [await writePost(keeping), await writePost(deleting)];

  await leave(keeping);
  await leave(deleting, { currentPassword: PASSWORD }, '?content=delete');

  expect(await readPost(app.program(), released.id)).toMatchObject({ author: null });
  expect((await app.program().get(`/api/posts/${deleted.id}`)).status).toBe(404);
});

it('needs the current password, and counts wrong ones with those of other checks', async () => {
  const ada = await member();

  expect((await leave(ada, {})).json()).toMatchObject({ code: 'validation_failed' });
  expect((await leave(ada, { currentPassword: 'wrong' })).json()).toMatchObject({ code: 'invalid_credentials' });
  const statuses = [];
  for (let attempt = 0; attempt < 12; attempt += 1) {
    statuses.push((await leave(ada, { currentPassword: `guess ${attempt}` })).status);
  }
  expect(statuses.at(-1)).toBe(429);
  expect((await ada.post('/api/auth/password', { current: PASSWORD, password: 'another long one' })).status).toBe(429);
  expect((await ada.get('/api/auth/me')).status).toBe(200);
});

it('is refused to the last active administrator, who stays as they are', async () => {
  const admin = await app.admin();

  expect((await leave(admin)).json()).toMatchObject({ code: 'last_admin' });
  expect((await admin.get('/api/auth/me')).status).toBe(200);
});

it('is refused to a personal access token, whatever it sends', async () => {
  const ada = await member();
  const wanted = { name: 'script', scopes: ['read', 'write'], expiresInDays: 1 };
  const { token } = (await ada.post('/api/auth/tokens', wanted)).json<{ token: string }>();

  const answer = await leave(app.program({ Authorization: `Bearer ${token}` }));

  expect([answer.status, answer.json()['code']]).toEqual([403, 'forbidden']);
  expect((await ada.get('/api/auth/me')).status).toBe(200);
});
