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

/** Every field that stands for somebody or something, each given the name. */
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

it('says so in Chinese', async () => {
  const answer = await ada.patch(`/api/users/${ada.id}`, { name: 'a\u200Bb' }, { 'Accept-Language': 'zh' });

  expect(answer.json()).toMatchObject({ details: [{ message: '含有不可见的字符，或会改变文字方向的字符' }] });
});
