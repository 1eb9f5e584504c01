import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../tests/support/start-test-app.js';

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.stop());

it('registers, shows and signs out a person', async () => {
  const ada = await app.member('ada');
  expect((await ada.get('/api/auth/me')).json()).toMatchObject({ user: { id: ada.id, username: 'ada' } });
  expect((await ada.post('/api/auth/logout')).status).toBe(200);
  expect((await ada.get('/api/auth/me')).status).toBe(401);
});
