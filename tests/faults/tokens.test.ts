import { statSync } from 'node:fs';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { program } from '../support/client.js';
import { runToEnd } from '../support/server-process.js';
import { account, sameBrowser, stageDir, stageMember, stageRedis, stageServer } from '../support/stage.js';
import { describeWith } from '../support/requires.js';
import { until } from '../support/until.js';

interface Tokens {
  token: string;
  refreshToken: string;
}

/** Two workers of one installation. */
async function stageTwo(env: Record<string, string> = {}) {
  const DATA_DIR = stageDir();
  const [here, there] = await Promise.all([stageServer({ DATA_DIR, ...env }), stageServer({ DATA_DIR, ...env })]);
  return { DATA_DIR, here, there };
}
const registered = async (url: string, name: string): Promise<Tokens> =>
  (await program(url).post('/api/auth/register', account(name))).json();
const refresh = (url: string, refreshToken: string) => program(url).post('/api/auth/refresh', { refreshToken });
const me = (url: string, token: string) => program(url).get('/api/auth/me', { Authorization: `Bearer ${token}` });
const kidOf = (token: string) => jwt.decode(token, { complete: true })?.header.kid;

describe('a refresh token used at two processes at the same instant', () => {
  it('ends no sign-in: both callers get valid tokens', async () => {
    const { here, there } = await stageTwo();
    for (let round = 0; round < 10; round += 1) {
      const { refreshToken } = await registered(here.url, `racer${round}`);

      const both = await Promise.all([here, there].map(({ url }) => refresh(url, refreshToken)));

      expect(both.map(({ status }) => status)).toEqual([200, 200]);
      const next = both.map((answer) => answer.json<Tokens>());
      expect(new Set(next.map((tokens) => tokens.refreshToken)).size).toBe(2);
      for (const { token, refreshToken: again } of next) {
        expect((await me(there.url, token)).status).toBe(200);
        expect((await refresh(here.url, again)).status).toBe(200);
      }
    }
  });

  it('that was stolen ends for both parties at both, with a warning and no secret in the log', async () => {
    const { here, there } = await stageTwo();
    const first = await registered(here.url, 'victim');
    const second = (await refresh(there.url, first.refreshToken)).json<Tokens>();
    const third = (await refresh(here.url, second.refreshToken)).json<Tokens>();

    const stolen = await refresh(there.url, first.refreshToken);

    expect([stolen.status, stolen.json()['code']]).toEqual([401, 'token_reused']);
    expect((await me(here.url, third.token)).status).toBe(401);
    expect((await refresh(here.url, third.refreshToken)).status).toBe(401);
    const warning = await until('a warning', () => /.*"addresses":\["127.0.0.1","127.0.0.1"\].*/.exec(there.output()));
    expect(warning[0]).toContain('"userId":1');
    const secrets = [first, second, third].flatMap((tokens) => [tokens.token, tokens.refreshToken]);
    for (const secret of secrets) expect(here.output() + there.output()).not.toContain(secret);
  });
});

describe('allium keys rotate', () => {
  const keys = (DATA_DIR: string, ...args: string[]) => runToEnd(['dist/bin/allium.js', 'keys', ...args], { DATA_DIR });

  it('creates a key that running servers sign with, while older tokens stay valid', async () => {
    const { DATA_DIR, here, there } = await stageTwo();
    const before = await registered(here.url, 'ada');

    expect(await keys(DATA_DIR, 'rotate')).toMatchObject({ code: 0 });

    let refreshToken = before.refreshToken;
    const after = await until('a token of the new key', async () => {
      const next = (await refresh(here.url, refreshToken)).json<Tokens>();
      ({ refreshToken } = next);
      return kidOf(next.token) !== kidOf(before.token) && next;
    });
    expect([await me(there.url, before.token), await me(there.url, after.token)].map(({ status }) => status)).toEqual([
      200, 200,
    ]);
    const published = (await program(there.url).get('/.well-known/jwks.json')).json<{ keys: { kid: string }[] }>();
    expect(published.keys.map(({ kid }) => kid)).toEqual([kidOf(before.token), kidOf(after.token)]);
    expect((await keys(DATA_DIR, 'list')).output).toMatch(/verifies until[^]*signs\n$/);
    expect(statSync(join(DATA_DIR, 'token-keys/2.json')).mode & 0o777).toBe(0o600);
  });

  it('--now ends at once what a leaked key has signed; programs go on with their refresh tokens', async () => {
    const { DATA_DIR, here, there } = await stageTwo();
    const { token, refreshToken } = await registered(here.url, 'ada');
    expect((await me(there.url, token)).status).toBe(200);

    expect(await keys(DATA_DIR, 'rotate', '--now')).toMatchObject({ code: 0 });

    await until('the token is worth nothing', async () => (await me(there.url, token)).status === 401, {
      withinMs: 3_000,
    });
    const next = (await refresh(here.url, refreshToken)).json<Tokens>();
    expect((await me(there.url, next.token)).status).toBe(200);
  });

  it('loses no key when many rotate at the same instant', async () => {
    const DATA_DIR = stageDir();
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => keys(DATA_DIR, 'rotate')));
    const made = outcomes.map(({ output }) => /^([\w-]+) signs/m.exec(output)?.[1]);

    const { output } = await keys(DATA_DIR, 'list');

    for (const kid of made) expect(output).toContain(kid);
  });
});

describe('a device signed out at one process, with sessions in SQLite', () => {
  signsOutEverywhere(() => Promise.resolve({}));
});
describeWith('redis-server', 'a device signed out at one process, with sessions in Redis', () => {
  signsOutEverywhere(async () => ({ REDIS_URL: (await stageRedis()).url }));
});

function signsOutEverywhere(settings: () => Promise<Record<string, string>>): void {
  it('is signed out at the other with its next request', async () => {
    const { here, there } = await stageTwo(await settings());
    const ada = await stageMember(here.url, 'ada');
    const elsewhere = sameBrowser(ada, there.url);
    expect((await elsewhere.get('/api/auth/me')).status).toBe(200);
    const login = await program(there.url).post('/api/auth/login', signInOf('ada'));
    const { token } = login.json<Tokens>();
    expect((await me(there.url, token)).status).toBe(200);

    expect((await ada.delete('/api/auth/sessions')).status).toBe(204);
    expect((await me(there.url, token)).status).toBe(401);

    await ada.post('/api/auth/logout');
    expect((await elsewhere.get('/api/auth/me')).status).toBe(401);
  });
}

function signInOf(name: string) {
  const { username, password } = account(name);
  return { username, password };
}
