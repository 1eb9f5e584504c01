import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../app/project-root.js';
import { describeWith } from '../support/requires.js';
import { PASSWORD, startTestApp, type TestApp } from '../support/start-test-app.js';
import { launchBrowser } from './browser.js';

/** The examples of docs/client.md, which type-check against dist/client and run against a real server. */
const EXAMPLES = [...readFileSync(join(PROJECT_ROOT, 'docs/client.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
  ([, code = '']) => code,
);

/** Mistakes that have to be compile errors, each on its line. */
const MISTAKES = `import { createClient } from 'allium-client';
const client = createClient();
await client.request('GET /api/nothing');
await client.request('POST /api/posts');
await client.request('POST /api/auth/password', { body: { current: 'a', pasword: 'b' } });
await client.request('GET /api/users/{id}', { params: { id: 'seven' } });
const { post } = await client.request('GET /api/posts');
`;

const COMPILER_OPTIONS = {
  target: 'ES2022',
  lib: ['ES2023', 'DOM', 'DOM.Iterable'],
  module: 'NodeNext',
  strict: true,
  skipLibCheck: true,
  exactOptionalPropertyTypes: true,
  types: ['node'],
  typeRoots: [join(PROJECT_ROOT, 'node_modules/@types')],
};

/** A text, as the test runner would rewrite an import. */
const PAGE_SCRIPT = `(async () => {
  const { createClient } = await import('/allium-client/index.js');
  const client = createClient();
  await client.request('POST /api/auth/login', { body: { username: 'ada', password: '${PASSWORD}' } });
  const { user } = await client.request('GET /api/auth/me');
  const params = { id: user.id };
  const saved = await client.request('PATCH /api/users/{id}', { params, body: { name: 'Ada Lovelace' } });
  return [user.username, saved.user.name];
})()`;

let app: TestApp;
let folder: string;
let complaints: string[];
beforeAll(async () => {
  app = await startTestApp();
  await app.member('ada');
  folder = mkdtempSync(join(tmpdir(), 'allium-client-test-'));
  mkdirSync(join(folder, 'node_modules'));
  cpSync(join(PROJECT_ROOT, 'dist/client'), join(folder, 'node_modules/allium-client'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
  for (const [index, code] of EXAMPLES.entries()) writeFileSync(join(folder, `example-${index}.ts`), code);
  writeFileSync(join(folder, 'mistakes.ts'), MISTAKES);
  complaints = compile().split('\n').filter(Boolean);
}, 180_000);
afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true });
});

/** Writes JavaScript beside each file. @returns what is wrong with the types, a line each. */
function compile(): string {
  try {
    return execFileSync(process.execPath, [join(PROJECT_ROOT, 'node_modules/typescript/bin/tsc')], {
      cwd: folder,
      encoding: 'utf8',
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** @returns what the example prints. */
async function run(part: string): Promise<string> {
  const index = EXAMPLES.findIndex((code) => code.includes(part));
  const env = { ALLIUM_URL: app.url, ALLIUM_USERNAME: 'ada', ALLIUM_PASSWORD: PASSWORD };
  const { stdout } = await promisify(execFile)(process.execPath, [`example-${index}.js`], { cwd: folder, env });
  return stdout;
}

describe('dist/client', () => {
  it('has types with which the examples of docs/client.md compile', () => {
    expect(EXAMPLES.length).toBeGreaterThan(4);
    expect(complaints.filter((line) => !line.startsWith('mistakes.ts'))).toEqual([]);
  });

  it('has types by which mistakes do not compile', () => {
    const lines = complaints.flatMap((line) => /^mistakes\.ts\((\d+),/.exec(line)?.[1] ?? []);

    expect([...new Set(lines)]).toEqual(['3', '4', '5', '6', '7']);
  });

  it('signs in where a token is missing, and sends the request again', async () => {
    expect(await run('onSessionEnd')).toBe('ada wrote /posts/onions\n');
    expect(await run('post.title')).toBe('Onions\n');
  });

  it('throws errors with the fields that are not valid', async () => {
    expect(await run('ValidationError')).toMatch(/^username: .+\nemail: .+\n$/);
  });

  it('takes settings and signals', async () => {
    expect(await run('AbortSignal')).toMatch(/^\d+\n$/);
  });
});

describeWith('chromium', 'dist/client in a page', () => {
  it('rides on the session, and sends the CSRF header', async () => {
    const browser = await launchBrowser();
    // The test brings a script into the page, which the content security policy is there to prevent.
    const page = await browser.newPage({ bypassCSP: true });
    try {
      await page.route('**/allium-client/*', (route) =>
        route.fulfill({ path: join(folder, 'node_modules', new URL(route.request().url()).pathname) }),
      );
      await page.goto(app.url);
      const names = await page.evaluate(PAGE_SCRIPT);

      expect(names).toEqual(['ada', 'Ada Lovelace']);
    } finally {
      await browser.close();
    }
  });
});
