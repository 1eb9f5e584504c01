import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const idOf = async (headers: Record<string, string> = {}) =>
  (await app.program().get('/health', headers)).headers.get('X-Request-Id');

describe('the request id', () => {
  it('differs for each request', async () => {
    const ids = [await idOf(), await idOf()];

    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^[\w-]{8,64}$/);
  });

  it("is the caller's, when it is well-formed", async () => {
    expect(await idOf({ 'X-Request-Id': 'abc-DEF_123' })).toBe('abc-DEF_123');
  });

  it.each(['short', 'x'.repeat(65), 'has space in it', 'has"quote in it', 'semi;colon-', '../../etc/passwd'])(
    'is our own when %j is offered',
    async (offered) => {
      expect(await idOf({ 'X-Request-Id': offered })).not.toBe(offered);
    },
  );

  it('is in the body of an error as in its header', async () => {
    const answer = await app.program().get('/api/nowhere', { 'X-Request-Id': 'the-same-id' });

    expect(answer.headers.get('X-Request-Id')).toBe('the-same-id');
    expect(answer.json()).toMatchObject({ requestId: 'the-same-id' });
  });
});
