import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import jwt, { type SignOptions } from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp, type TestApp } from '../tests/support/start-test-app.js';
import { tokenFor } from '../tests/support/tokens.js';

let app: TestApp;
let ourKey: KeyObject;
let id: number;
let kid: string;
let sid: number;
beforeAll(async () => {
  app = await startTestApp();
  ({ kid, privateKey: ourKey } = app.services.signingKeys.current());
  ({ id } = await app.member('ada'));
  ({ sid } = jwt.decode(await tokenFor(app, id)) as { sid: number });
});
afterAll(() => app.stop());

const now = () => Math.floor(Date.now() / 1000);

interface Change {
  key?: KeyObject | string;
  claims?: Record<string, unknown>;
  options?: SignOptions;
}

/** A token as the product issues it, but for what is changed; `undefined` leaves a claim out. */
function tokenWith({ key = ourKey, claims = {}, options = {} }: Change = {}): string {
  const usual = { sub: String(id), iss: 'allium', aud: 'allium-api', exp: now() + 60, sid };
  const payload = Object.fromEntries(
    Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined),
  );
  return jwt.sign(payload, key, { algorithm: 'ES256', keyid: kid, ...options });
}

const me = (authorization: string, path = '/api/auth/me') => app.program().get(path, { Authorization: authorization });

describe('a bearer token', () => {
  it('of ours identifies the caller', async () => {
    const answer = await me(`Bearer ${tokenWith()}`);

    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ user: { id, username: 'ada' } });
  });

  it('is recognized whatever the case of the scheme', async () => {
    expect((await me(`bearer ${tokenWith()}`)).status).toBe(200);
    expect((await me(`BEARER  ${tokenWith()}`)).status).not.toBe(500);
  });

  it('that login issues works, and ends in the time it says', async () => {
    const login = await app.program().post('/api/auth/login', { username: 'ada', password: PASSWORD });
    const { token, expiresIn } = login.json<{ token: string; expiresIn: number }>();
    const { exp = 0, iat = 0 } = jwt.decode(token) as { exp?: number; iat?: number };

    expect(exp - iat).toBe(expiresIn);
    expect((await me(`Bearer ${token}`)).status).toBe(200);
    expect(Object.keys(jwt.decode(token) as object).toSorted()).toEqual([
      'aud',
      'exp',
      'iat',
      'iss',
      'jti',
      'sid',
      'sub',
    ]);
  });

  const publicPem = () => createPublicKey(ourKey).export({ type: 'spki', format: 'pem' }).toString();
  const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const refused: [string, () => string][] = [
    ['without a signature (alg none)', () => tokenWith({ key: '', options: { algorithm: 'none' } })],
    ['signed by HMAC with the public key', () => hmacToken(publicPem())],
    ['signed by HMAC with an empty key', () => hmacToken('x')],
    ['signed by another key', () => tokenWith({ key: otherKey })],
    ['signed with another algorithm', () => rsaToken()],
    ['that never expires', () => tokenWith({ claims: { exp: undefined } })],
    ['for another audience', () => tokenWith({ claims: { aud: 'someone-else' } })],
    ['for no audience', () => tokenWith({ claims: { aud: undefined } })],
    ['by another issuer', () => tokenWith({ claims: { iss: 'someone-else' } })],
    ['by no issuer', () => tokenWith({ claims: { iss: undefined } })],
    ['that begins tomorrow', () => tokenWith({ claims: { nbf: now() + 86_400 } })],
    ['for no subject', () => tokenWith({ claims: { sub: undefined } })],
    ['for an account that never was', () => tokenWith({ claims: { sub: '999999' } })],
    ['for no number', () => tokenWith({ claims: { sub: '1e0' } })],
    ['for a number that is too large', () => tokenWith({ claims: { sub: '9'.repeat(400) } })],
    ['of another sign-in', () => tokenWith({ claims: { sid: 1 } })],
    ['of no sign-in', () => tokenWith({ claims: { sid: undefined } })],
    ['of a sign-in that only looks right', () => tokenWith({ claims: { sid: String(sid) } })],
    ['issued tomorrow', () => tokenWith({ claims: { iat: now() + 86_400, exp: now() + 90_000 } })],
    ['of no known key', () => tokenWith({ options: { keyid: 'unknown' } })],
    ['of no key', () => withHeader(tokenWith(), { alg: 'ES256', typ: 'JWT' })],
    ['that brings a key of its own', () => tokenWithItsOwnKey()],
    ['of a key with the name of a property', () => tokenWith({ options: { keyid: '__proto__' } })],
    ['that was cut short', () => tokenWith().slice(0, -3)],
    ['whose claims were changed', () => withClaims(tokenWith(), { sub: '2' })],
    ['that is none', () => 'not-a-token'],
    ['that is only dots', () => '..'],
    ['that is longer than any of ours', () => 'a'.repeat(8_000)],
  ];
  it.each(refused)('%s is refused', async (_name, make) => {
    const answer = await me(`Bearer ${make()}`);

    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'invalid_token', requestId: expect.any(String) });
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('that is missing gets no error attribute (RFC 6750 section 3.1)', async () => {
    expect((await app.program().get('/api/auth/me')).headers.get('WWW-Authenticate')).toBe('Bearer');
  });

  it.each([100_000, 1_000_000])('of %i bytes is refused like any bad one', async (length) => {
    const answer = await me(`Bearer ${'a'.repeat(length)}`);

    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'invalid_token' });
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('that has expired is refused with a code of its own, so that programs renew it', async () => {
    const answer = await me(`Bearer ${tokenWith({ claims: { exp: now() - 1 } })}`);

    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'token_expired' });
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer error="invalid_token", error_description=/);
  });

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer-ish x'])('is missing in %j', async (authorization) => {
    expect((await me(authorization)).status).toBe(401);
  });

  it('counts only in its header', async () => {
    const token = tokenWith();
    const answers = await Promise.all([
      me('', `/api/auth/me?token=${token}&access_token=${token}`),
      app.program().get('/api/auth/me', { Cookie: `token=${token}; jwt=${token}` }),
      app.program().get('/api/auth/me', { 'X-Access-Token': token }),
      me(`Basic ${token}`),
      me(token),
    ]);

    for (const answer of answers) expect(answer.json()['code']).toBe('not_signed_in');
  });

  it('that is bad takes precedence over a session that is good', async () => {
    const ada = app.browser();
    await ada.post('/api/auth/login', { username: 'ada', password: PASSWORD });

    expect((await ada.get('/api/auth/me', { Authorization: 'Bearer nonsense' })).status).toBe(401);
  });

  it('that is bad does not keep public routes from answering', async () => {
    expect((await app.program().get(`/api/users/${id}`, { Authorization: 'Bearer nonsense' })).status).toBe(200);
    expect((await app.program().get('/api/nowhere', { Authorization: 'Bearer nonsense' })).status).toBe(404);
  });

  it('is revoked by a password change, a deactivation and a deletion', async () => {
    const admin = await app.admin();
    const endings: [string, (userId: number) => Promise<unknown>][] = [
      ['password', (userId) => admin.patch(`/api/users/${userId}`, { password: 'a brand new one' })],
      ['switched', (userId) => admin.patch(`/api/users/${userId}`, { isActive: false })],
      ['deleted', (userId) => admin.delete(`/api/users/${userId}`)],
    ];
    for (const [username, end] of endings) {
      const account = { username, email: `${username}@example.com`, password: PASSWORD };
      const registered = await app.program().post('/api/auth/register', account);
      const { token, user } = registered.json<{ token: string; user: { id: number } }>();
      expect((await me(`Bearer ${token}`)).status).toBe(200);

      await end(user.id);

      expect((await me(`Bearer ${token}`)).json(), username).toMatchObject({ code: 'invalid_token' });
    }
  });

  function hmacToken(key: string): string {
    const header = { alg: 'HS256', typ: 'JWT', kid };
    const claims = { sub: String(id), iss: 'allium', aud: 'allium-api', exp: now() + 60, sid };
    const signed = jwt.sign(claims, Buffer.from(key), { algorithm: 'HS256', header });
    return signed;
  }

  function rsaToken(): string {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return tokenWith({ key: privateKey, options: { algorithm: 'RS256' } });
  }

  function tokenWithItsOwnKey(): string {
    const jwk = createPublicKey(otherKey).export({ format: 'jwk' });
    const header = { alg: 'ES256', typ: 'JWT', kid, jwk, jku: 'https://evil.example/jwks.json' } as const;
    return tokenWith({ key: otherKey, options: { header } });
  }

  function withHeader(token: string, header: object): string {
    const [, ...rest] = token.split('.');
    return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
  }

  function withClaims(token: string, claims: object): string {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const read = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const changed = Buffer.from(JSON.stringify({ ...read, ...claims })).toString('base64url');
    return [header, changed, signature].join('.');
  }
});
