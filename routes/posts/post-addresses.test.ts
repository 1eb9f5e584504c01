import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPost, writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

it('a post whose slug equals another post’s id is not confused with it, in any order of requests', async () => {
  const ada = await app.member('ada');
  const [first, second] = [await writePost(ada), await writePost(ada)];
  const named = await writePost(ada, { title: String(first.id) });
  const alsoNamed = await writePost(ada, { title: String(second.id) });
  const bySlug = async (slug: string) =>
    (await app.program().get(`/api/posts/slug/${slug}`)).json<{ post: { id: number } }>().post.id;
  expect([named.slug, alsoNamed.slug]).toEqual([String(first.id), String(second.id)]);

  expect((await readPost(app.program(), first.id)).id).toBe(first.id);
  expect(await bySlug(named.slug)).toBe(named.id);
  expect(await bySlug(alsoNamed.slug)).toBe(alsoNamed.id);
  expect((await readPost(app.program(), second.id)).id).toBe(second.id);
});
