import { expect, it } from 'vitest';
import { createCache } from './cache.js';

const cacheOfOneVersion = () => createCache({ versionOf: () => 1, redis: undefined });
const post = (id: number, characters: number) => ({ posts: [{ id, content: 'x'.repeat(characters), html: '' }] });

it('drops the entries used longest ago when their texts are too large together', async () => {
  const cache = cacheOfOneVersion();
  const read = (id: number) =>
    cache.remember({ key: `post:${id}`, tags: ['posts'] }, () => Promise.resolve(post(id, 100_000)));
  for (let id = 1; id <= 300; id += 1) await read(id);

  expect(await read(300)).toMatchObject({ hit: true });
  expect(await read(250)).toMatchObject({ hit: true });
  expect(await read(1)).toMatchObject({ hit: false });
  expect(await read(200)).toMatchObject({ hit: false });
});

it('returns what is too large to cache', async () => {
  const cache = cacheOfOneVersion();
  const read = () => cache.remember({ key: 'post:1', tags: ['posts'] }, () => Promise.resolve(post(1, 10_000_000)));
  await read();

  expect(await read()).toMatchObject({ hit: false, value: { posts: [{ id: 1 }] } });
});

it('counts what many small entries take', async () => {
  const cache = cacheOfOneVersion();
  const read = (id: number) => cache.remember({ key: `${id}`, tags: [] }, () => Promise.resolve(post(id, 1_000)));
  for (let id = 1; id <= 1_500; id += 1) await read(id);

  expect(await read(1)).toMatchObject({ hit: true });
});

it('counts the bytes of what is a buffer', async () => {
  const cache = cacheOfOneVersion();
  const make = () => Promise.resolve({ body: Buffer.alloc(1_000_000) });
  const read = (id: number) => cache.remember({ key: `file:${id}`, tags: [] }, make);
  for (let id = 1; id <= 20; id += 1) await read(id);

  expect(await read(20)).toMatchObject({ hit: true });
  expect(await read(1)).toMatchObject({ hit: false });
});
