import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Logger } from '../../middlewares/state.js';
import { runToEnd } from '../../tests/support/server-process.js';
import { stageDir, stageServer } from '../../tests/support/stage.js';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { doctorIn } from '../../views/locales/doctor.js';
import { loadConfig } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { PROJECT_ROOT } from '../project-root.js';
import { sentenceOf } from '../../tests/support/start-errors.js';
import { refuseUnsafeStart } from './doctor.js';
import { readInstallation, type Installation } from './installation.js';
import type { SelfTestResult } from './self-test.js';
import { SELF_TEST_RULES } from './self-test-rules.js';
import { applyRules, type Rule } from './rule.js';
import { SETTING_RULES } from './setting-rules.js';
import { STORED_RULES, type Stored } from './stored-rules.js';
import { countRows } from '../../tests/support/rows.js';

const dataDir = mkdtempSync(join(tmpdir(), 'allium-doctor-test-'));
openDataDir(dataDir).sessionKey();
afterAll(() => rmSync(dataDir, { recursive: true }));

const GOOD_KEY = 'n2fLq8ZrT0v5XwYbC3dEhGjKmPsUaQ1R';
const settings = (env: Record<string, string> = {}) =>
  loadConfig({ DATA_DIR: dataDir, ...env }, { terminal: false, managed: false });
const installation = (env: Record<string, string> = {}, facts: Partial<Installation> = {}): Installation => ({
  ...readInstallation(settings(env), [GOOD_KEY]),
  nodeVersion: '24.1.0',
  isRoot: false,
  now: new Date('2026-11-20'),
  ...facts,
});

const stored: Stored = { pendingMigrations: [], administrators: 1, guessable: [] };

const POLICY = "default-src 'none';script-src 'self' 'nonce-x';base-uri 'none';frame-ancestors 'none'";
const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Strict-Transport-Security': 'max-age=1',
};
const page = (changes: object = {}) => new Headers({ ...HEADERS, 'Content-Security-Policy': POLICY, ...changes });
const data = (changes: object = {}) =>
  new Headers({ ...HEADERS, 'Content-Security-Policy': "default-src 'none'", ...changes });
const selfTest: SelfTestResult = {
  https: true,
  cookie: '__Host-Http-sid=x; path=/; samesite=strict; secure; httponly',
  tokens: [],
  guarded: ['POST /api/posts'],
  unguarded: [],
  endpoints: new Set(['GET /api/auth/me', 'POST /api/auth/login', 'POST /api/auth/logout']),
  page: page(),
  data: data(),
  foreignHost: 400,
  foreignPage: new Headers(),
  gateway: { works: true, reached: [], leaked: [] },
};

/** The rules that do not hold. */
const broken = <Facts>(rules: readonly Rule<Facts>[], facts: Facts): string[] =>
  applyRules(rules, facts)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id);

describe('the rules about settings', () => {
  const https = { PUBLIC_URL: 'https://example.com', TRUST_PROXY_HOPS: '1' };
  const mode = (bits: number) => [{ path: '/data/session-key', mode: bits }];

  it('hold for the default start, and for a good one behind a proxy', () => {
    expect(broken(SETTING_RULES, installation())).toEqual([]);
    expect(broken(SETTING_RULES, installation({ ...https, HOST: '0.0.0.0' }))).toEqual([]);
    expect(broken(SETTING_RULES, installation({ PUBLIC_URL: 'http://localhost:3000', HOST: '0.0.0.0' }))).toEqual([]);
  });

  it.each<[string, Record<string, string>, Partial<Installation>, string[]]>([
    ['every address without https', { HOST: '0.0.0.0' }, {}, ['cookie-secure', 'cookie-prefix']],
    ['a public address without https', { PUBLIC_URL: 'http://example.com' }, {}, ['cookie-secure', 'cookie-prefix']],
    ['a name that only looks local', { HOST: 'localhost.example.com' }, {}, ['cookie-secure', 'cookie-prefix']],
    ['a proxy that is not declared', { PUBLIC_URL: 'https://example.com' }, {}, ['proxy-hops']],
    ['a session of 60 days', { SESSION_MAX_HOURS: '1440' }, {}, ['session-lifetime']],
    ['idle longer than at all', { SESSION_IDLE_HOURS: '48', SESSION_MAX_HOURS: '24' }, {}, ['session-lifetime']],
    ['a short key', {}, { sessionKeys: [GOOD_KEY, GOOD_KEY.slice(1)] }, ['session-keys-long']],
    ['a key that is one letter', {}, { sessionKeys: ['k'.repeat(40)] }, ['session-keys-random']],
    ['a key that the group can read', {}, { secretFiles: mode(0o640) }, ['secrets-private']],
    ['a database that everybody can read', {}, { databaseFiles: mode(0o644) }, ['database-private']],
    ['Redis elsewhere without a password', { REDIS_URL: 'rediss://cache.example:6379' }, {}, ['redis-private']],
    ['Redis elsewhere in the clear', { REDIS_URL: 'redis://:secret@cache.example:6379' }, {}, ['redis-private']],
    ['a short token for /metrics', { METRICS_TOKEN: 'x'.repeat(16) }, {}, ['metrics-token']],
    ['a log of everything', { LOG_LEVEL: 'debug' }, {}, ['log-level']],
    ['a start for development', { NODE_ENV: 'development' }, {}, ['production-mode']],
    ['Node.js past its end', {}, { nodeVersion: '20.19.0' }, ['node-supported']],
    ['an unknown version of Node.js', {}, { nodeVersion: '21.0.0' }, ['node-supported']],
    ['a start as root', {}, { isRoot: true }, ['least-privilege']],
  ])('name %s', (_name, env, facts, expected) => {
    expect(broken(SETTING_RULES, installation(env, facts))).toEqual(expected);
  });

  it('name data that lies where files are served from', () => {
    const config = { ...settings(), dataDir: join(PROJECT_ROOT, 'public/data') };

    expect(broken(SETTING_RULES, installation({}, { config }))).toEqual(['data-not-public']);
  });

  it('name an origin that is none, should one ever get past the settings', () => {
    const config = settings();
    const http = { ...config.http, corsOrigins: ['*'] };

    expect(broken(SETTING_RULES, installation({}, { config: { ...config, http } }))).toEqual(['cors-exact']);
  });

  it('accept Redis elsewhere with both', () => {
    expect(broken(SETTING_RULES, installation({ REDIS_URL: 'rediss://:secret@cache.example' }))).toEqual([]);
  });

  it('show no secret', () => {
    const env = { METRICS_TOKEN: 'metrics-secret-1', REDIS_URL: 'redis://:redis-secret-2@cache.example' };
    const said = JSON.stringify(applyRules(SETTING_RULES, installation(env)));

    for (const secret of [GOOD_KEY, 'metrics-secret-1', 'redis-secret-2']) expect(said).not.toContain(secret);
  });
});

describe('the rules about what the database and the onion show', () => {
  it('hold where all is well', () => {
    expect([...broken(STORED_RULES, stored), ...broken(SELF_TEST_RULES, selfTest)]).toEqual([]);
    const plain = { ...selfTest, https: false, cookie: 'sid=x; path=/; samesite=strict; httponly' };
    expect(broken(SELF_TEST_RULES, plain)).toEqual([]);
  });

  it.each<[Partial<Stored>, string]>([
    [{ pendingMigrations: ['0008'] }, 'migrated'],
    [{ administrators: 0 }, 'administrator'],
    [{ guessable: ['admin'] }, 'no-default-password'],
  ])('name %j', (facts, expected) => {
    expect(broken(STORED_RULES, { ...stored, ...facts })).toEqual([expected]);
  });

  it.each<[string, Partial<SelfTestResult>, string]>([
    ['a cookie for scripts', { cookie: 'x=y; path=/; samesite=strict; secure' }, 'cookie-http-only'],
    ['a cookie for plain http', { cookie: 'x=y; path=/; samesite=strict; httponly' }, 'cookie-http-only'],
    ['a lax cookie', { cookie: 'x=y; path=/; samesite=lax; secure; httponly' }, 'cookie-scope'],
    ['a cookie for siblings', { cookie: `${selfTest.cookie}; domain=example.com` }, 'cookie-scope'],
    ['a route that forgets', { unguarded: ['POST /api/posts from another site'] }, 'csrf-every-route'],
    ['a walk that saw no route', { guarded: [] }, 'csrf-every-route'],
    ['a token for a browser', { tokens: ['login'] }, 'no-token-to-browser'],
    ['no way out', { endpoints: new Set(['GET /api/auth/me', 'POST /api/auth/login']) }, 'session-endpoints'],
    [
      'inline scripts',
      { page: page({ 'Content-Security-Policy': `${POLICY};style-src 'unsafe-inline'` }) },
      'content-security-policy',
    ],
    ['data without a policy', { data: data({ 'Content-Security-Policy': '' }) }, 'content-security-policy'],
    ['an answer to any name', { foreignHost: 200 }, 'host-checked'],
    [
      'a reader elsewhere',
      { foreignPage: new Headers({ 'Access-Control-Allow-Origin': '*' }) },
      'foreign-pages-read-nothing',
    ],
    [
      'a path that was not declared',
      { gateway: { works: true, reached: ['/other'], leaked: [] } },
      'gateway-allow-list',
    ],
    ['a cookie passed on', { gateway: { works: true, reached: [], leaked: ['cookie'] } }, 'gateway-no-cookie'],
  ])('name %s', (_name, facts, expected) => {
    expect(broken(SELF_TEST_RULES, { ...selfTest, ...facts })).toEqual([expected]);
  });

  it('name a header that is missing', () => {
    for (const name of ['X-Content-Type-Options', 'Strict-Transport-Security']) {
      const without = data();
      without.delete(name);
      expect(broken(SELF_TEST_RULES, { ...selfTest, data: without }), name).toEqual(['security-headers']);
    }
  });
});

describe('a start in production', () => {
  const warnings: string[] = [];
  const log = { warn: (sentence: string) => void warnings.push(sentence) } as Pick<Logger, 'warn'>;
  const start = (env: Record<string, string>, keys = [GOOD_KEY]) => refuseUnsafeStart(settings(env), keys, log);
  beforeEach(() => void (warnings.length = 0));

  it('goes on where every must holds', () => {
    expect(() => start({ NODE_ENV: 'production' })).not.toThrow();
    expect(() => start({ NODE_ENV: 'production', LOG_LEVEL: 'debug' })).not.toThrow();
    expect(warnings).toEqual([]);
  });

  it('is refused where one does not, and says which and what to do, in both languages', () => {
    const bad = { NODE_ENV: 'production', HOST: '0.0.0.0', LOG_LEVEL: 'debug' };

    expect(() => start(bad, ['short'])).toThrow(
      /not safe.*over https only.*HOST=0\.0\.0\.0.*PUBLIC_URL=https.*32 characters.*openssl/s,
    );
    expect(sentenceOf(() => start(bad, ['short']), 'zh-CN')).toMatch(/并不安全.*https/s);
  });

  it.each([
    ['in a network of one’s own', { HOST: '0.0.0.0' }],
    ['under a name of one’s own', { PUBLIC_URL: 'http://allium.test' }],
  ])('is logged as a warning %s, outside production', (_where, env) => {
    expect(() => start(env)).not.toThrow();
    expect(warnings).toEqual([expect.stringMatching(/not safe.*over https only.*PUBLIC_URL=https/s)]);
  });

  it('sees a key that others can read', () => {
    const key = join(dataDir, 'session-key');
    chmodSync(key, 0o644);
    try {
      expect(() => start({ NODE_ENV: 'production' })).toThrow(/session-key has mode 0644.*chmod 600/s);
    } finally {
      chmodSync(key, 0o600);
    }
  });
});

describe('the self-test', () => {
  it.each(['http://localhost:3000', 'https://example.com'])(
    'holds for a server that people reach at %s',
    async (address) => {
      const app = await startTestApp({ PUBLIC_URL: address, CORS_ORIGINS: 'https://friend.example' });
      onTestFinished(async () => void (await app.stop()));

      const seen = await app.selfTest();

      expect(applyRules(SELF_TEST_RULES, seen).filter(({ ok }) => !ok)).toEqual([]);
      expect(seen.guarded).toContain('DELETE /api/users/{id}');
      expect(seen.gateway).toEqual({ works: true, reached: [], leaked: [] });
    },
  );

  it('shows nothing about a gateway that lets nothing through', () => {
    const gateway = { works: false, reached: [], leaked: [] };
    expect(broken(SELF_TEST_RULES, { ...selfTest, gateway })).toEqual(['gateway-allow-list', 'gateway-no-cookie']);
  });

  it('says of the cookie what a sign-in sends', async () => {
    const app = await startTestApp();
    onTestFinished(async () => void (await app.stop()));
    const body = JSON.stringify({ username: 'ada', email: 'ada@example.com', password: PASSWORD });
    const headers = { 'Content-Type': 'application/json', 'X-CSRF': '1', 'Sec-Fetch-Site': 'same-origin' };
    const registered = await fetch(`${app.url}/api/auth/register`, { method: 'POST', headers, body });

    const sent = registered.headers.getSetCookie().find((cookie) => cookie.startsWith('sid=')) ?? '';
    const flags = (cookie: string) =>
      cookie
        .split(/;\s*/)
        .slice(1)
        .filter((flag) => !flag.startsWith('expires='))
        .toSorted();
    expect(flags((await app.selfTest()).cookie)).toEqual(flags(sent));
  });

  it('asks none of the services that are declared, and leaves them declared', async () => {
    const asked: string[] = [];
    const service = createServer((req, res) => {
      asked.push(req.url ?? '');
      res.end('[]');
    });
    await once(service.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      service.closeAllConnections();
      service.close();
    });
    const origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const file = join(dataDir, 'upstreams.json');
    const allow = [{ methods: ['GET'], paths: ['/*'] }];
    writeFileSync(file, JSON.stringify({ upstreams: { own: { instances: [origin], allow } } }));
    const app = await startTestApp({ UPSTREAMS_FILE: file });
    onTestFinished(async () => void (await app.stop()));

    await app.selfTest();

    expect(asked).toEqual([]);
    expect(app.services.gateway.all().map(({ name }) => name)).toEqual(['own']);
    expect((await app.program().get('/gw/allium-doctor/declared')).status).toBe(404);
  });
});

describe('GET /api/admin/doctor', () => {
  interface Answer {
    checks: { id: string; rule: string; source: string; level: string; ok: boolean; found: string; remedy: string }[];
    ok: boolean;
  }
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.stop());

  it('shows administrators every rule, in their language', async () => {
    const admin = await app.admin();
    const { checks, ok } = (await admin.get('/api/admin/doctor')).json<Answer>();

    const rules = [...SETTING_RULES, ...STORED_RULES, ...SELF_TEST_RULES];
    expect(checks.map(({ id }) => id)).toEqual(rules.map(({ id }) => id));
    expect(checks.filter((check) => !check.ok && check.level === 'must')).toEqual([]);
    expect(ok).toBe(true);
    const csrf = checks.find(({ id }) => id === 'csrf-every-route');
    expect(csrf).toMatchObject({
      level: 'must',
      ok: true,
      source: 'RFC 10017',
      rule: doctorIn.en.rules['csrf-every-route'].rule,
    });
    expect(Number.parseInt(csrf?.found ?? '', 10)).toBeGreaterThan(20);
    const chinese = (await admin.get('/api/admin/doctor', { 'Accept-Language': 'zh' })).json<Answer>();
    expect(chinese.checks[0]?.rule).toBe('会话 Cookie 只经 https 传输，或者不离开本机');
  });

  it('asks the process that runs, and writes nothing', async () => {
    const lines: string[] = [];
    const asked = await startTestApp({}, (line) => lines.push(line));
    onTestFinished(async () => void (await asked.stop()));
    const rows = () => Promise.all(['users', 'sign_ins', 'sessions'].map((table) => countRows(asked.database, table)));
    const admin = await asked.admin();
    const before = await rows();
    lines.length = 0;

    expect((await admin.get('/api/admin/doctor')).status).toBe(200);

    expect(await rows()).toEqual(before);
    const refused = lines.filter((line) => line.includes('"msg":"request"') && line.includes('"status":403'));
    expect(refused.length).toBeGreaterThan(100); // the forged requests have come here
  });
});

describe('allium doctor', () => {
  const dir = mkdtempSync(join(tmpdir(), 'allium-doctor-cli-'));
  afterAll(() => rmSync(dir, { recursive: true }));
  const run = (env: Record<string, string>) => runToEnd(['dist/bin/allium.js', 'doctor'], { DATA_DIR: dir, ...env });

  it('passes on the default start', { timeout: 60_000 }, async () => {
    const { code, output } = await run({ LANG: 'en_US.UTF-8' });

    expect(output).toContain(`✓ must    ${doctorIn.en.rules['csrf-every-route'].rule}`);
    expect(output).toContain('rules: 0 required');
    expect(code).toBe(0);
  });

  it('asks the server that runs, whose settings are not those of the shell', { timeout: 60_000 }, async () => {
    const dir = stageDir();
    const server = await stageServer({ DATA_DIR: dir, LOG_LEVEL: 'debug' });
    const env = { DATA_DIR: dir, LANG: 'en_US.UTF-8' };

    const asked = await runToEnd(['dist/bin/allium.js', 'doctor'], env);
    await server.stop('SIGKILL');
    const alone = await runToEnd(['dist/bin/allium.js', 'doctor'], env);

    expect(asked.output).toContain(doctorIn.en.words.running);
    expect(asked.output).toContain(doctorIn.en.rules['log-level'].remedy);
    expect(asked.output).toContain(doctorIn.en.rules['csrf-every-route'].rule);
    expect(asked.code).toBe(0);
    expect(alone.output).toContain(doctorIn.en.words.notRunning);
    expect(alone.output).not.toContain(doctorIn.en.rules['log-level'].remedy);
    expect(readdirSync(dir).filter((name) => name.endsWith('.sock'))).toEqual([]);
  });

  it('explains each failure on a bad one, in the language of the shell', { timeout: 60_000 }, async () => {
    const { code, output } = await run({ LANG: 'zh_CN.UTF-8', HOST: '0.0.0.0', LOG_LEVEL: 'trace' });

    expect(code).toBe(1);
    for (const id of ['cookie-secure', 'log-level'] as const)
      expect(output).toContain(doctorIn['zh-CN'].rules[id].remedy);
    expect(output).toContain('PUBLIC_URL=, HOST=0.0.0.0');
    expect(output).toContain('必须满足而未满足的 1 条');
  });
});
