import { createPublicKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ PUBLIC_URL: 'https://allium.example' });
});
afterAll(() => app.stop());

describe('GET /.well-known/jwks.json', () => {
  it('contains the key that verifies our tokens, whose issuer is PUBLIC_URL', async () => {
    const account = { username: 'ada', email: 'ada@example.com', password: PASSWORD };
    const registered = await app.program().post('/api/auth/register', account);
    const { token, user } = registered.json<{ token: string; user: { id: number } }>();
    const answer = await app.program().get('/.well-known/jwks.json');
    const { keys } = answer.json<{ keys: { kid: string }[] }>();
    const { kid } = jwt.decode(token, { complete: true })?.header ?? {};
    const jwk = keys.find((key) => key.kid === kid);

    expect(answer.headers.get('Content-Type')).toMatch(/^application\/json/);
    expect(answer.headers.get('Cache-Control')).toBe('public, max-age=300');
    expect(
      jwt.verify(token, createPublicKey({ key: { ...jwk }, format: 'jwk' }), {
        algorithms: ['ES256'],
        issuer: 'https://allium.example',
        audience: 'allium-api',
      }),
    ).toMatchObject({ sub: String(user.id) });
    expect(answer.text).not.toContain('"d"');
  });

  it('touches no session', async () => {
    const answer = await app.browser().get('/.well-known/jwks.json', { Cookie: '__Host-Http-sid=anything' });

    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('is to be read only', async () => {
    const answer = await app.program().post('/.well-known/jwks.json', {});

    expect(answer.status).toBe(405);
    expect(answer.headers.get('Allow')).toBe('GET, HEAD');
    expect((await app.program().get('/.well-known/nothing')).status).toBe(404);
  });
});
