import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
let admin: Client;
let ada: Client & { id: number };
beforeAll(async () => {
  app = await startTestApp();
  [admin, ada] = [await app.admin(), await app.member('ada')];
});
afterAll(() => app.stop());

const post = { title: 'A post', content: 'text', category: 'tech' };

/** Every field that names a person or a thing, filled with the given name. */
const FIELDS: [string, (name: string) => Promise<{ status: number; text: string }>][] = [
  [
    'username',
    (name) => app.program().post('/api/auth/register', { username: name, email: 'x@example.com', password: PASSWORD }),
  ],
  ['name', (name) => ada.patch(`/api/users/${ada.id}`, { name })],
  ['profile.firstName', (name) => ada.patch(`/api/users/${ada.id}`, { profile: { firstName: name } })],
  ['profile.lastName', (name) => ada.patch(`/api/users/${ada.id}`, { profile: { lastName: name } })],
  ['profile.location', (name) => ada.patch(`/api/users/${ada.id}`, { profile: { location: name } })],
  ['title', (name) => ada.post('/api/posts', { ...post, title: name })],
  ['tags.0', (name) => ada.post('/api/posts', { ...post, tags: [name] })],
  ['names.en', (name) => admin.post('/api/categories', { names: { en: name, 'zh-CN': '名称' } })],
];

describe.each(FIELDS)('%s', (path, give) => {
  it.each([
    ['a zero-width space', 'adm\u200Bin'],
    ['a joiner between Latin letters', 'adm\u200Din'],
    ['a non-joiner between Latin letters', 'adm\u200Cin'],
    ['a word joiner', 'adm\u2060in'],
    ['a soft hyphen', 'adm\u00ADin'],
    ['a right-to-left override', 'nimda\u202Etxt.exe'],
    ['an isolate', '\u2067admin\u2069'],
    ['a mark of direction', 'admin\u200F!'],
    ['a variation selector', 'admin\uFE0F'],
    ['a Hangul filler', 'adm\u3164in'],
    ['a blank of Braille', 'adm\u2800in'],
    ['invisible tags', 'admin\u{E0041}\u{E0042}'],
  ])('takes none with %s', async (_name, value) => {
    const { status, text } = await give(value);

    expect(status).toBe(400);
    const { code, details } = JSON.parse(text) as { code: string; details: { path: string; message: string }[] };
    expect(code).toBe('validation_failed');
    expect(details[0]).toEqual({ path, message: expect.stringMatching(/invisible|Letters, digits/) });
  });
});

describe('a name as people write it', () => {
  it.each([
    ['Persian', 'علی‌رضا می‌نویسد'],
    ['Hindi', 'क्‍ष'],
    ['Chinese', '王小明'],
    ['Hebrew beside Latin', 'דוד Cohen'],
    ['Vietnamese', 'Nguyễn Thị Ánh'],
    ['Zalgo-free accents', 'Zoë O’Neill-Łukasz'],
    ['a family', '👩‍👩‍👧 at home'],
    ['a heart', 'with ❤️'],
    ['a keycap', 'step 1️⃣'],
  ])('is taken: %s', async (_name, name) => {
    const answer = await ada.patch(`/api/users/${ada.id}`, { name });

    expect(answer.status, answer.text).toBe(200);
    expect(answer.json()).toMatchObject({ user: { name } });
  });
});

describe('a user name', () => {
  const register = (username: string) =>
    app.program().post('/api/auth/register', { username, email: 'y@example.com', password: PASSWORD });

  it('of letters of two scripts is refused, beside the one it looks like', async () => {
    await app.member('rooty');
    const refusals = [
      await register('r\u043E\u043Ety'),
      await admin.post('/api/users', { username: 'roo\u03C4y', email: 'y@example.com', password: PASSWORD }),
      await ada.patch(`/api/users/${ada.id}`, { username: 'r\u043Eoty' }),
      await register('𝐫𝐨𝐨𝐭𝐲'),
      await register('ro\u0335oty'),
    ];

    for (const { status, text } of refusals) {
      expect(status, text).toBe(400);
      expect(JSON.parse(text)).toMatchObject({
        code: 'validation_failed',
        details: [
          {
            path: 'username',
            message: 'Contains letters that cannot be combined (such as Latin with Cyrillic), or stray accents',
          },
        ],
      });
    }
  });

  it('from before that rule stays, signs in, and may be sent back as it is', async () => {
    const username = 'b\u043Eb';
    const bob = await app.member('bob');
    const { write } = app.database.models;
    await write((transaction) =>
      transaction.execute('UPDATE users SET username = ?, username_key = ? WHERE id = ?', username, username, bob.id),
    );

    expect((await app.browser().post('/api/auth/login', { username, password: PASSWORD })).status).toBe(200);
    const saved = await bob.put(`/api/users/${bob.id}`, { username, email: 'bob@example.com', name: 'Bob' });
    expect(saved.status, saved.text).toBe(200);
    expect((await bob.patch(`/api/users/${bob.id}`, { username: 'r\u043Eoty' })).status).toBe(400);
  });
});

it('says so in Chinese', async () => {
  const answer = await ada.patch(`/api/users/${ada.id}`, { name: 'a\u200Bb' }, { 'Accept-Language': 'zh' });

  expect(answer.json()).toMatchObject({ details: [{ message: '含有不可见的字符，或会改变文字方向的字符' }] });
});
