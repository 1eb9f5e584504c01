import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Client } from '../../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let admin: Client;
let ada: Client & { id: number };
beforeAll(async () => {
  app = await startTestApp();
  [admin, ada] = [await app.admin(), await app.member('ada')];
});
afterAll(() => app.stop());

const account = (password: string) => ({ username: 'carol', email: 'carol@example.com', password });

/** Every way to give an account a password. */
const WAYS: [string, (password: string, headers?: Record<string, string>) => Promise<Answer>][] = [
  ['register', (password, headers) => app.program().post('/api/auth/register', account(password), headers)],
  ['password', (password, headers) => ada.post('/api/auth/password', { current: PASSWORD, password }, headers)],
  ['create', (password, headers) => admin.post('/api/users', account(password), headers)],
  ['PATCH', (password, headers) => admin.patch(`/api/users/${ada.id}`, { password }, headers)],
  ['PUT', (password, headers) => admin.put(`/api/users/${ada.id}`, { ...account(password), username: 'ada' }, headers)],
];

describe.each(WAYS)('%s', (_name, give) => {
  it.each(['password', '12345678', 'Password1', 'QWERTYUIOP', 'iloveyou1', 'trustno1', 'baseball', 'superman'])(
    'refuses %s',
    async (password) => {
      const answer = await give(password);

      expect(answer.status, answer.text).toBe(400);
      expect(answer.json()).toMatchObject({
        code: 'validation_failed',
        details: [{ path: 'password', message: 'This is one of the most common passwords; choose another one' }],
      });
    },
  );

  it('says so in Chinese', async () => {
    const answer = await give('password1', { 'Accept-Language': 'zh' });

    expect(answer.json()).toMatchObject({ details: [{ message: '这个密码太常见，请换一个' }] });
  });
});

describe('the first administrator', () => {
  it('needs another password as well', async () => {
    const empty = await startTestApp();
    const fields = { ...account('football'), token: empty.services.setup.token };
    const refused = await empty.browser().post('/api/setup', fields);
    const made = await empty.browser().post('/api/setup', { ...fields, password: PASSWORD });
    await empty.stop();

    expect(refused.status).toBe(400);
    expect(refused.json()).toMatchObject({ code: 'validation_failed', details: [{ path: 'password' }] });
    expect(made.status, made.text).toBe(201);
  });
});

describe('a common password that an account has already', () => {
  it('goes on signing in', async () => {
    const { hash } = await import('@node-rs/argon2');
    const { write } = app.database.models;
    const passwordHash = await hash('password');
    await write((transaction) =>
      transaction.execute('UPDATE users SET password_hash = ? WHERE id = ?', passwordHash, ada.id),
    );

    const answer = await app.browser().post('/api/auth/login', { username: 'ada', password: 'password' });

    expect(answer.status, answer.text).toBe(200);
  });
});
