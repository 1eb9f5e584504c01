import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

let count = 0;
/** An account that does not exist yet. */
function someone() {
  count += 1;
  return { username: `someone${count}`, email: `someone${count}@example.com`, password: PASSWORD };
}

const problemsIn = (answer: { json: () => object }) =>
  (answer.json() as { details?: { path: string }[] }).details?.map(({ path }) => path);

describe('POST /api/auth/register', () => {
  it('opens an account and signs a browser in', async () => {
    const account = someone();
    const browser = app.browser();
    const answer = await browser.post('/api/auth/register', account);

    expect(answer.status).toBe(201);
    expect(answer.json()).toEqual({ message: 'Registration successful', user: expect.any(Object) });
    expect((await browser.get('/api/auth/me')).json()).toEqual({ user: answer.json()['user'] });
  });

  it('returns every field of the contract, and none of the password', async () => {
    const { username, email, password } = someone();
    const { user } = (await app.browser().post('/api/auth/register', { username, email, password })).json();

    expect(user).toEqual({
      id: expect.any(Number),
      username,
      email,
      name: null,
      age: null,
      avatar: null,
      role: 'user',
      isActive: true,
      profile: { firstName: null, lastName: null, bio: null, website: null, location: null },
      fullName: username,
      lastLogin: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
  });

  it('gives a program a token', async () => {
    const answer = await app.program().post('/api/auth/register', someone());

    expect(answer.status).toBe(201);
    expect(answer.json()).toMatchObject({ token: expect.any(String), expiresIn: expect.any(Number) });
  });

  it('takes a form as well', async () => {
    const answer = await app.program().post('/api/auth/register', new URLSearchParams(someone()));

    expect(answer.status).toBe(201);
  });

  it('returns the Chinese sentences that existing clients rely on', async () => {
    const chinese = app.program({ 'Accept-Language': 'zh-CN' });
    const account = someone();

    expect((await chinese.post('/api/auth/register', account)).json()['message']).toBe('注册成功');
    const { username, password } = account;
    const login = await chinese.post('/api/auth/login', { username, password });
    expect(login.json()['message']).toBe('登录成功');
    const headers = { Authorization: `Bearer ${String(login.json()['token'])}` };
    expect((await chinese.post('/api/auth/logout', {}, headers)).json()['message']).toBe('登出成功');
  });

  it.each([
    ['username', 'ab'],
    ['username', 'a'.repeat(21)],
    ['username', 'with space'],
    ['username', 'at@sign'],
    ['username', '   '],
    ['username', '<script>'],
    ['username', 'zero\u200bwidth'],
    ['username', 'right\u202eleft'],
    ['username', 12345],
    ['username', null],
    ['username', undefined],
    ['username', ['ada']],
    ['email', 'nowhere'],
    ['email', 'a@b'],
    ['email', '@example.com'],
    ['email', 'two@at@example.com'],
    ['email', 'line\nbreak@example.com'],
    ['email', `${'a'.repeat(250)}@example.com`],
    ['email', { address: 'ada@example.com' }],
    ['email', undefined],
    ['password', '1234567'],
    ['password', 'x'.repeat(129)],
    ['password', 12345678],
    ['password', 'with\u0000nul-inside'],
    ['password', undefined],
  ])('refuses the %s %j and says so', async (field, value) => {
    const answer = await app.program().post('/api/auth/register', { ...someone(), [field]: value });

    expect(answer.status, answer.text).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'validation_failed' });
    expect(problemsIn(answer)).toContain(field);
  });

  it('refuses a role and every other undeclared field', async () => {
    for (const extra of [
      { role: 'admin' },
      { isActive: true },
      { id: 1 },
      { sessionEpoch: 9 },
      { passwordHash: 'x' },
    ]) {
      const answer = await app.program().post('/api/auth/register', { ...someone(), ...extra });

      expect(answer.status).toBe(400);
      expect(problemsIn(answer)).toEqual(Object.keys(extra));
    }
  });

  it.each(['José', '李小雷', 'हिन्दी', 'Ünsal', 'Åse_1', 'a.b-c_d', '١٢٣'])('takes the name %s', async (name) => {
    const answer = await app.program().post('/api/auth/register', { ...someone(), username: name });

    expect(answer.status, answer.text).toBe(201);
    expect(answer.json()).toMatchObject({ user: { username: name } });
  });

  it('counts 20 characters as people do, not as JavaScript does', async () => {
    const answer = await app.program().post('/api/auth/register', { ...someone(), username: '𠮷'.repeat(10) });

    expect(answer.status).toBe(201);
  });

  it.each([
    ['Case', 'cASE'],
    ['ÄSOP', 'äsop'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['Straße', 'STRASSE'],
    ['ﬁnn', 'FINN'],
    ['Ｗｉｄｅ', 'wide'],
    ['e\u0301mile', '\u00c9MILE'],
    ['हिन्दु', 'हिन्दु'],
  ])('takes %s and %s for one name', async (first, second) => {
    expect((await app.program().post('/api/auth/register', { ...someone(), username: first })).status).toBe(201);
    const answer = await app.program().post('/api/auth/register', { ...someone(), username: second });

    expect(answer.status, answer.text).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'username_taken', details: [{ path: 'username' }] });
  });

  it('takes two spellings of an address for one', async () => {
    const account = someone();
    await app.program().post('/api/auth/register', account);
    const again = { ...someone(), email: ` ${account.email.toUpperCase()} ` };

    expect((await app.program().post('/api/auth/register', again)).json()).toMatchObject({
      code: 'email_taken',
      details: [{ path: 'email', message: expect.any(String) }],
    });
  });

  it('gives a name to one of many who ask at the same instant', async () => {
    const { username, password } = someone();
    const answers = await Promise.all(
      ['', 'A', 'b', 'C', 'd'].map((_, index) => {
        const name = index % 2 ? username.toUpperCase() : username;
        return app
          .program()
          .post('/api/auth/register', { username: name, email: `race${index}@example.com`, password });
      }),
    );

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 400, 400, 400, 400]);
    for (const answer of answers.filter(({ status }) => status === 400)) {
      expect(answer.json()).toMatchObject({ code: 'username_taken' });
    }
  });
});

describe('POST /api/auth/login', () => {
  const account = someone();
  beforeAll(() => app.program().post('/api/auth/register', account));

  it.each([
    ['the e-mail address', { email: account.email }],
    ['the address in capitals', { email: account.email.toUpperCase() }],
    ['the address with white space around it', { email: ` ${account.email} ` }],
    ['the user name', { username: account.username }],
    ['the user name in capitals', { username: account.username.toUpperCase() }],
    ['the user name where an address could stand', { email: account.username }],
    ['the address where a user name could stand', { username: account.email }],
  ])('signs in by %s', async (_name, login) => {
    const answer = await app.browser().post('/api/auth/login', { ...login, password: PASSWORD });

    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ message: 'Signed in', user: expect.objectContaining({ email: account.email }) });
  });

  it('stores the time of the sign-in', async () => {
    const before = Date.now();
    const browser = app.browser();
    await browser.post('/api/auth/login', { username: account.username, password: PASSWORD });
    const { user } = (await browser.get('/api/auth/me')).json<{ user: { lastLogin: string } }>();

    expect(Date.parse(user.lastLogin)).toBeGreaterThanOrEqual(before - 1);
  });

  it.each([
    ['a wrong password', { username: account.username, password: 'wrong password' }],
    ['the password with white space', { username: account.username, password: `${PASSWORD} ` }],
    ['the password in another case', { username: account.username, password: PASSWORD.toUpperCase() }],
    ['an unknown name', { username: 'no-such-user', password: PASSWORD }],
    ['an unknown address', { email: 'unknown@example.com', password: PASSWORD }],
    ['a wildcard', { username: '%', password: PASSWORD }],
    ['SQL', { username: "' OR 1=1 --", password: PASSWORD }],
    ['a very long password', { username: account.username, password: 'x'.repeat(1_000) }],
  ])('answers the same 401 to %s', async (_name, body) => {
    const answer = await app.browser().post('/api/auth/login', body);

    expect(answer.status).toBe(401);
    expect(answer.json()).toEqual({
      error: 'Wrong user name, email or password',
      code: 'invalid_credentials',
      requestId: expect.any(String),
    });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('answers the same to an account that is switched off', async () => {
    const admin = await app.admin();
    const off = someone();
    await admin.post('/api/users', { ...off, isActive: false });

    const answer = await app.browser().post('/api/auth/login', { username: off.username, password: PASSWORD });

    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'invalid_credentials' });
  });

  it.each([
    [{}, ['email', 'password']],
    [{ password: PASSWORD }, ['email']],
    [{ username: 'ada' }, ['password']],
    [{ username: '', password: '' }, ['password', 'username']],
    [{ username: { $gt: '' }, password: { $gt: '' } }, ['password', 'username']],
  ])('says what is missing in %j', async (body, fields) => {
    const answer = await app.program().post('/api/auth/login', body);

    expect(answer.status).toBe(400);
    expect(problemsIn(answer)?.toSorted()).toEqual(expect.arrayContaining(fields.filter((field) => field !== 'email')));
  });
});

describe('POST /api/auth/password', () => {
  const changed = (client: Client, current: string, password: string) =>
    client.post('/api/auth/password', { current, password });

  it('changes it, so that the old one is refused', async () => {
    const account = someone();
    const ada = app.browser();
    await ada.post('/api/auth/register', account);

    expect((await changed(ada, PASSWORD, 'a brand new one')).status).toBe(200);

    const { username } = account;
    expect((await app.browser().post('/api/auth/login', { username, password: PASSWORD })).status).toBe(401);
    expect((await app.browser().post('/api/auth/login', { username, password: 'a brand new one' })).status).toBe(200);
  });

  it('requires the current one, and changes nothing without it', async () => {
    const account = someone();
    const ada = app.browser();
    await ada.post('/api/auth/register', account);

    const answer = await changed(ada, 'not my password', 'a brand new one');

    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'invalid_credentials' });
    expect((await ada.get('/api/auth/me')).status).toBe(200);
    const { username, password } = account;
    expect((await app.browser().post('/api/auth/login', { username, password })).status).toBe(200);
  });

  it('refuses a new one that is too short', async () => {
    const ada = app.browser();
    await ada.post('/api/auth/register', someone());

    const answer = await changed(ada, PASSWORD, 'short');

    expect(answer.status).toBe(400);
    expect(problemsIn(answer)).toEqual(['password']);
  });

  it('revokes all tokens of the account, including the one of the request', async () => {
    const { token } = (await app.program().post('/api/auth/register', someone())).json<{ token: string }>();
    const program = app.program({ Authorization: `Bearer ${token}` });

    expect((await changed(program, PASSWORD, 'a brand new one')).status).toBe(200);

    expect((await program.get('/api/auth/me')).json()).toMatchObject({ code: 'invalid_token' });
  });
});

describe('POST /api/auth/logout', () => {
  it('returns 401 when the caller is already signed out', async () => {
    const ada = app.browser();
    await ada.post('/api/auth/register', someone());

    expect((await ada.post('/api/auth/logout')).json()).toEqual({ message: 'Signed out' });
    expect((await ada.post('/api/auth/logout')).status).toBe(401);
  });

  it('ends this session only', async () => {
    const account = someone();
    const [here, there] = [app.browser(), app.browser()];
    await here.post('/api/auth/register', account);
    await there.post('/api/auth/login', { username: account.username, password: PASSWORD });

    await here.post('/api/auth/logout');

    expect((await there.get('/api/auth/me')).status).toBe(200);
  });
});
