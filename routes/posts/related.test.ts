import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../tests/support/client.js';
import { writePost } from '../../tests/support/posts.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';

let app: TestApp;
let ada: Client & { id: number };
beforeAll(async () => {
  app = await startTestApp();
  ada = await app.member('ada');
});
afterAll(() => app.stop());

interface Summary {
  id: number;
  likedByMe: boolean;
  content?: string;
}
async function relatedTo(id: number, client: Client = app.program()) {
  const answer = await client.get(`/api/posts/${id}/related`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json<{ posts: Summary[] }>().posts;
}
const idsOf = (posts: { id: number }[]) => posts.map(({ id }) => id);

describe('related posts', () => {
  it('have the same tags, then the same category, the newest first, four at most', async () => {
    const write = (fields: object) => writePost(ada, { category: 'life', ...fields });
    const filed = [await write({}), await write({}), await write({})];
    const tagged = [await write({ tags: ['peel'], category: 'tech' }), await write({ tags: ['peel', 'cut'] })];
    await write({ tags: ['peel'], status: 'draft' });
    await write({ category: 'thoughts' });
    const { id } = await write({ tags: ['cut', 'peel'] });

    const posts = await relatedTo(id);

    expect(idsOf(posts)).toEqual([...idsOf(tagged).toReversed(), ...idsOf(filed).toReversed().slice(0, 2)]);
    expect(posts[0]).not.toHaveProperty('content');
    for (const tags of [['peel'], ['cut'], ['cut']]) {
      const latest = await write({ tags });
      expect(idsOf(await relatedTo(id))[0]).toBe(latest.id);
    }
    expect(await relatedTo(id)).toHaveLength(4);
  });

  it('may be none', async () => {
    const { id } = await writePost(ada, { category: 'tutorials' });

    expect(await relatedTo(id)).toEqual([]);
  });

  it('are cached like lists, with likes and counts of this moment', async () => {
    const [liked, { id }] = [await writePost(ada, { tags: ['sweet'] }), await writePost(ada, { tags: ['sweet'] })];
    const status = async () => (await app.program().get(`/api/posts/${id}/related`)).headers.get('X-Cache');

    expect([await status(), await status()]).toEqual(['miss', 'hit']);
    await ada.post(`/api/posts/${liked.id}/like`);
    expect((await relatedTo(id, ada))[0]).toMatchObject({ id: liked.id, likedByMe: true, likeCount: 1 });
    expect((await relatedTo(id))[0]).toMatchObject({ id: liked.id, likedByMe: false, likeCount: 1 });
    await ada.patch(`/api/posts/${liked.id}`, { status: 'archived' });
    expect(idsOf(await relatedTo(id))).not.toContain(liked.id);
  });
});
