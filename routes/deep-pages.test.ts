import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const LISTS = [
  '/api/posts',
  '/api/posts/feed',
  '/api/posts?search=onion',
  '/api/users',
  '/api/posts/1/comments',
  '/api/upload',
];

describe('a page beyond the last allowed one', () => {
  it.each(LISTS)('of %s is refused', async (path) => {
    const admin = await app.admin();
    const at = (page: number) => admin.get(`${path}${path.includes('?') ? '&' : '?'}page=${page}&limit=100`);

    const refused = await at(1_000_000);
    expect(refused.status).toBe(400);
    expect(refused.json()).toMatchObject({ code: 'validation_failed', details: [{ path: 'page' }] });
    expect((await at(10_001)).status).toBe(400);
    expect([200, 404]).toContain((await at(10_000)).status); // there is no post to comment on
  });
});
