import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../tests/support/client.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let cookie: string;
beforeAll(async () => {
  app = await startTestApp();
  const ada = await app.member('ada');
  cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
});
afterAll(() => app.stop());

let accounts = 0;
const entrances: [string, (headers: Record<string, string>) => Promise<Answer>][] = [
  [
    'register',
    (headers) => {
      accounts += 1;
      const account = { username: `new${accounts}`, email: `new${accounts}@example.com`, password: PASSWORD };
      return app.program().post('/api/auth/register', account, headers);
    },
  ],
  ['login', (headers) => app.program().post('/api/auth/login', { username: 'ada', password: PASSWORD }, headers)],
];

describe.each(entrances)('%s', (_name, enter) => {
  const marks: [string, () => Record<string, string>][] = [
    ['Sec-Fetch-Site', () => ({ 'Sec-Fetch-Site': 'same-origin' })],
    ['Origin', () => ({ Origin: app.url })],
    ['our cookie', () => ({ Cookie: cookie })],
    ['our cookie, though forged', () => ({ Cookie: 'theme=dark; sid=forged' })],
    ['our cookie, though empty', () => ({ Cookie: 'sid=' })],
    ['all of them', () => ({ 'Sec-Fetch-Site': 'same-origin', Origin: app.url, Cookie: cookie })],
    ['one of them and a token', () => ({ Origin: app.url, Authorization: 'Bearer x' })],
    ['one of them and another Accept', () => ({ Origin: app.url, Accept: 'application/jwt' })],
  ];
  it.each(marks)('gives a browser, known by %s, a cookie and never a token', async (_mark, headers) => {
    const answer = await enter({ ...headers(), 'X-CSRF': '1' });

    expect(answer.text).not.toMatch(/token|eyJ/i);
    expect(answer.headers.getSetCookie().join()).toMatch(/^sid=[^;]/);
    expect([200, 201]).toContain(answer.status);
  });

  const programs: [string, Record<string, string>][] = [
    ['nothing special', {}],
    ['Sec-Fetch-Mode alone, as Node’s own fetch does', { 'Sec-Fetch-Mode': 'cors' }],
    ['Referer and User-Agent of a browser', { Referer: 'http://localhost/', 'User-Agent': 'Mozilla/5.0' }],
    ['other cookies', { Cookie: 'theme=dark; sid.sig=1' }],
    ['X-CSRF', { 'X-CSRF': '1' }],
  ];
  it.each(programs)('gives a program, which sends %s, a token and no cookie', async (_mark, headers) => {
    const answer = await enter(headers);

    expect(answer.json()).toMatchObject({ token: expect.stringMatching(/^eyJ/), expiresIn: expect.any(Number) });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});
