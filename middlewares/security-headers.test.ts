import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../app/project-root.js';
import type { Answer } from '../tests/support/client.js';
import { rawRequest } from '../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
let secure: TestApp;
beforeAll(async () => {
  [app, secure] = await Promise.all([startTestApp(), startTestApp({ PUBLIC_URL: 'https://example.com' })]);
});
afterAll(() => Promise.all([app.stop(), secure.stop()]));

const html = { Accept: 'text/html' };
const script = readdirSync(join(PROJECT_ROOT, 'public/assets')).find((name) => name.endsWith('.js')) ?? '';

const answers: [string, (of: TestApp) => Promise<Answer>][] = [
  ['a page', (of) => of.program().get('/', html)],
  ['an error page', (of) => of.program().get('/api/nowhere', html)],
  ['data', (of) => of.program().post('/api/auth/register', newAccount())],
  ['a refusal', (of) => of.program().get('/api/auth/me')],
  ['a probe', (of) => of.program().get('/health')],
  ['a file', (of) => of.program().get(`/assets/${script}`)],
  ['a wrong method', (of) => of.program().delete('/health')],
  ['a forged request', (of) => of.program().post('/api/auth/login', {}, { Origin: 'https://evil.example' })],
  ['a malformed body', (of) => of.program().post('/api/auth/login', '{', { 'Content-Type': 'application/json' })],
];

describe.each(answers)('%s', (_name, ask) => {
  it('carries the headers that protect it', async () => {
    const { headers } = await ask(app);

    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('X-Frame-Options')).toBe('DENY');
    expect(headers.get('Referrer-Policy')).toBe('same-origin');
    expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin');
    expect(headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin');
    expect(headers.get('Permissions-Policy')).toContain('camera=()');
    expect(headers.get('Content-Security-Policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('X-Powered-By')).toBeNull();
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
  });

  it('sends Strict-Transport-Security only over https', async () => {
    expect((await ask(app)).headers.get('Strict-Transport-Security')).toBeNull();
    expect((await ask(secure)).headers.get('Strict-Transport-Security')).toMatch(/^max-age=\d{7,}/);
  });
});

it.each(answers.filter(([name]) => name !== 'a file'))('%s may not be cached', async (_name, ask) => {
  expect((await ask(app)).headers.get('Cache-Control')).toBe('no-store');
});

describe('what is not even HTTP', () => {
  it('is neither rendered, framed nor cached', async () => {
    for (const [of, https] of [
      [app, false],
      [secure, true],
    ] as const) {
      const answer = await rawRequest(of.url, 'NONSENSE\r\n\r\n');

      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toMatch(/^Content-Type: application\/json; charset=utf-8\r$/im);
      expect(answer).toMatch(/^X-Content-Type-Options: nosniff\r$/im);
      expect(answer).toMatch(/^Content-Security-Policy: default-src 'none';frame-ancestors 'none'\r$/im);
      expect(answer).toMatch(/^Cache-Control: no-store\r$/im);
      expect(/^Strict-Transport-Security: /im.test(answer)).toBe(https);
    }
  });
});

it.each(['/api/posts', '/api/tags', '/api/nowhere', '/api/auth/me', '/api/openapi.json', '/api/users?sort=<script>'])(
  'the JSON of %s says what it is, so that no client has to guess',
  async (path) => {
    const { headers } = await app.program().get(path);

    expect(headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  },
);

describe('the content security policy of a page', () => {
  const policyOf = (answer: Answer) => answer.headers.get('Content-Security-Policy') ?? '';
  const nonceOf = (answer: Answer) => /'nonce-([^']+)'/.exec(policyOf(answer))?.[1] ?? '';

  it.each([
    ['the shell', '/'],
    ['the error page', '/api/nowhere'],
  ])('gives %s another nonce each time', async (_name, path) => {
    const nonces = [];
    for (let time = 0; time < 3; time += 1) nonces.push(nonceOf(await app.program().get(path, html)));

    expect(new Set(nonces).size).toBe(3);
    for (const nonce of nonces) expect(nonce.length).toBeGreaterThanOrEqual(22);
  });

  it('covers every script in it, and nothing that a visitor could write', async () => {
    const page = await app.program().get('/', html);
    const scripts = [...page.text.matchAll(/<script([^>]*)>/g)].map(([, attributes]) => attributes ?? '');

    expect(scripts.length).toBeGreaterThan(0);
    for (const attributes of scripts) expect(attributes).toContain(`nonce="${nonceOf(page)}"`);
    expect(page.text).not.toMatch(/<[^>]+\son\w+=/);
    expect(policyOf(page)).not.toMatch(/unsafe-|\*/);
  });

  it.each(["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"])(
    'says %s, on every page',
    async (rule) => {
      for (const path of ['/', '/api/nowhere', '/api/docs']) {
        expect(policyOf(await app.program().get(path, html)).split(';')).toContain(rule);
      }
    },
  );

  it('leaves no style in a page that would need more', async () => {
    for (const path of ['/', '/api/nowhere', '/api/docs']) {
      const page = await app.program().get(path, html);
      expect(page.text).not.toMatch(/<[^>]+\sstyle=/);
      for (const [tag] of page.text.matchAll(/<style\b[^>]*>/g)) expect(tag).toContain(`nonce="${nonceOf(page)}"`);
    }
  });
});

let accounts = 0;
function newAccount() {
  accounts += 1;
  return { username: `user${accounts}`, email: `user${accounts}@example.com`, password: 'a long password' };
}
