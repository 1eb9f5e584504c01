import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

/** 412 is for a version that `If-Match` names and that is not the current one, and for nothing else (RFC 9110 section 13.1.1). */
let app: TestApp;
let ada: Client & { id: number };
beforeAll(async () => {
  app = await startTestApp();
  await app.admin();
  ada = await app.member('ada');
});
afterAll(() => app.stop());

it.each([
  // If-Match, version in the body, status
  ['"2"', undefined, 200],
  ['W/"2"', undefined, 200],
  ['"1"', undefined, 412],
  ['"2x"', undefined, 412],
  ['nonsense', undefined, 412],
  ['*', undefined, 200],
  ['*', 2, 200],
  ['*', 1, 409],
  ['"2"', 1, 409],
  ['"2"', 2, 200],
  ['"1"', 2, 412],
  ['"1"', 1, 412],
  [undefined, 1, 409],
  [undefined, 2, 200],
])('If-Match %s with version %s in the body is answered %i', async (condition, version, status) => {
  const { id } = await writePost(ada);
  await ada.patch(`/api/posts/${id}`, { title: 'The second version' });
  const headers = condition === undefined ? {} : { 'If-Match': condition };
  const answer = await ada.patch(`/api/posts/${id}`, { title: 'The third', version }, headers);

  expect(answer.status, answer.text).toBe(status);
  expect(answer.json()['code']).toBe(status === 200 ? undefined : 'version_conflict');
});

it('another conflict stays one, whatever If-Match says', async () => {
  const headers = { 'If-Match': '"1"' };
  const admin = await app.admin();
  const answers = [
    await admin.patch('/api/users/1', { role: 'user' }, headers),
    await admin.delete('/api/users/1', headers),
    await admin.post('/api/categories', { names: { en: 'Technology', 'zh-CN': '技术' }, slug: 'tech' }, headers),
  ];

  expect(answers.map(({ status }) => status)).toEqual([409, 409, 409]);
});

it('a missing or forbidden post is not a conflict', async () => {
  const headers = { 'If-Match': '"7"' };
  const { id } = await writePost(ada);
  const eve = await app.member('eve');

  expect((await eve.patch(`/api/posts/${id}`, { title: 'Mine' }, headers)).status).toBe(403);
  expect((await eve.patch('/api/posts/999999', { title: 'Mine' }, headers)).status).toBe(404);
});
