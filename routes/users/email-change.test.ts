import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { tokenFor } from '../../tests/support/tokens.js';

const MINUTE_MS = 60_000;
/** Wrong passwords of one account. */
const LIMIT = 4;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ SIGN_IN_FAILURES_PER_PLACE: '4' });
});
afterAll(() => app.stop());

let numbers = 0;
const another = (name: string) => `${name}${(numbers += 1)}@example.com`;

/** Returns a client that signed in this many minutes ago. */
async function signedInFor(minutes: number, client: Client & { id: number }): Promise<Client & { id: number }> {
  const { write } = app.database.models;
  const createdAt = Date.now() - minutes * MINUTE_MS;
  await write((transaction) =>
    transaction.execute('UPDATE sign_ins SET created_at = ? WHERE user_id = ?', createdAt, client.id),
  );
  return client;
}
const emailOf = async (client: Client) =>
  (await client.get('/api/auth/me')).json<{ user: { email: string } }>().user.email;

it('needs no password within ten minutes of the sign-in', async () => {
  const ada = await signedInFor(9, await app.member('ada'));
  const email = another('ada');

  expect((await ada.patch(`/api/users/${ada.id}`, { email })).status).toBe(200);
  expect(await emailOf(ada)).toBe(email);
});

it.each(['PATCH', 'PUT'])('takes the current password later, by %s', async (method) => {
  const username = method.toLowerCase();
  const member = await signedInFor(11, await app.member(username));
  const change = (fields: object) =>
    member.request(method, `/api/users/${member.id}`, { body: { username, ...fields } });
  const email = another('later');

  const asked = await change({ email });
  expect(asked.status).toBe(403);
  expect(asked.json()).toMatchObject({
    code: 'reauthentication_required',
    error: 'Enter your current password to change your email address',
    details: [{ path: 'currentPassword' }],
  });
  const wrong = await change({ email, currentPassword: 'not the password' });
  expect([wrong.status, wrong.json()['code']]).toEqual([401, 'invalid_credentials']);
  expect(await emailOf(member)).toBe(`${username}@example.com`);

  expect((await change({ email, currentPassword: PASSWORD })).status).toBe(200);
  expect(await emailOf(member)).toBe(email);
});

it('takes it from programs, too, however fresh their access token is', async () => {
  const eve = await app.member('eve');
  const program = app.program({ Authorization: `Bearer ${await tokenFor(app, eve.id)}` });
  await signedInFor(11, eve);

  const answer = await program.patch(`/api/users/${eve.id}`, { email: another('eve') });
  expect([answer.status, answer.json()['code']]).toEqual([403, 'reauthentication_required']);
});

it('asks in Chinese when the caller reads Chinese', async () => {
  const hui = await signedInFor(11, await app.member('hui'));
  const answer = await hui.patch(`/api/users/${hui.id}`, { email: another('hui') }, { 'Accept-Language': 'zh-CN' });

  expect(answer.json()).toMatchObject({ error: '修改邮箱需要输入当前密码' });
});

it('needs no password for an unchanged address or for other fields', async () => {
  const same = await signedInFor(11, await app.member('same'));
  const body = { username: 'same', email: 'same@example.com', name: 'The same' };

  expect((await same.put(`/api/users/${same.id}`, body)).status).toBe(200);
  expect((await same.patch(`/api/users/${same.id}`, { username: 'other' })).status).toBe(200);
});

it('of another account is an administrator’s, without a password', async () => {
  const admin = await app.admin();
  const bob = await app.member('bob');
  await signedInFor(11, { ...admin, id: 1 });
  const answer = await admin.patch(`/api/users/${bob.id}`, { email: another('bob') });

  expect(answer.status).toBe(200);
});

it('cannot be used to guess the password: attempts share the limit of password changes', async () => {
  const guess = await signedInFor(11, await app.member('guess'));
  const wrong = (tried: number) =>
    tried % 2 === 0
      ? guess.patch(`/api/users/${guess.id}`, { email: another('guess'), currentPassword: `guess ${tried}` })
      : guess.post('/api/auth/password', { current: `guess ${tried}`, password: 'another long one' });
  const statuses: number[] = [];
  while (!statuses.includes(429) && statuses.length < 20) statuses.push((await wrong(statuses.length)).status);

  expect(statuses).toEqual([...Array<number>(LIMIT).fill(401), 429]);
  const right = await guess.patch(`/api/users/${guess.id}`, { email: another('guess'), currentPassword: PASSWORD });
  expect(right.status).toBe(429);
});
