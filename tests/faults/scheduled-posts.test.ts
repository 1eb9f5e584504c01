import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../models/index.js';
import { program, type Client } from '../support/client.js';
import type { ServerProcess } from '../support/server-process.js';
import { stageDir, stageServer } from '../support/stage.js';
import { until } from '../support/until.js';
import { stageProgram } from '../support/workers.js';

const POSTS = 60;
const PUBLISHED_WITHIN_MS = 5_000;
/** How long the lease of a killed process lasts. */
const LEASE_MS = 6_000;

interface Scheduled {
  id: number;
  publishAt: string;
}

describe('of two processes, one publishes each scheduled post, once', () => {
  it(`within ${PUBLISHED_WITHIN_MS} ms of its time, seen by both`, async () => {
    const { first, second } = await stageTwo();
    const author = await stageProgram([first.url, second.url], 'author');
    const posts = await schedule(author, 3_000);

    const lateMs = await latencies([first, second], posts);

    expect(Math.max(...lateMs)).toBeLessThan(PUBLISHED_WITHIN_MS);
    await expectOnce([first, second], posts);
    await expectVersions(author[0], posts);
  });

  it('also when the process that holds the lease is killed before: then the lease expires first', async () => {
    const { first, second, lease } = await stageTwo();
    const author = await stageProgram([first.url, second.url], 'author');
    const posts = await schedule(author, 1_000);
    const { holder } = await until('a holder', lease);

    await first.stop('SIGKILL');
    const lateMs = await latencies([second], posts);

    expect((await lease())?.holder).not.toBe(holder);
    expect(Math.max(...lateMs)).toBeLessThan(LEASE_MS + PUBLISHED_WITHIN_MS);
    await expectOnce([first, second], posts);
    await expectVersions(author[1], posts);
  });

  it('also when it is killed amid them', async () => {
    const { first, second } = await stageTwo();
    const author = await stageProgram([first.url, second.url], 'author');
    const posts = await schedule(author, 1_500);

    await until('the first publication', () => publishedBy(first).length > 0, { withinMs: 10_000 });
    await first.stop('SIGKILL');
    const lateMs = await latencies([second], posts);

    expect(Math.max(...lateMs)).toBeLessThan(LEASE_MS + PUBLISHED_WITHIN_MS);
    await expectVersions(author[1], posts);
  });
});

/** Two servers with one database, of which the first holds the lease. */
async function stageTwo() {
  const dir = stageDir();
  const first = await stageServer({ DATA_DIR: dir });
  await until('a holder', () => first.output().includes('took the lease'));
  const second = await stageServer({ DATA_DIR: dir });
  const { models, close } = openDatabase(join(dir, 'allium.sqlite'));
  onTestFinished(close);
  return { first, second, lease: () => models.leases.find('background jobs') };
}

/** Posts whose times lie within two seconds, written by both processes by turns. @param afterMs the earliest time */
async function schedule(author: readonly Client[], afterMs: number): Promise<Scheduled[]> {
  const from = Date.now() + afterMs + POSTS * 20;
  const writes = Array.from({ length: POSTS }, async (_, index) => {
    const publishAt = new Date(from + (index * 2_000) / POSTS).toISOString();
    const post = { title: `Later ${index}`, content: 'text', category: 'tech', status: 'scheduled', publishAt };
    const answer = await author[index % 2]?.post('/api/posts', post);
    expect(answer?.status, answer?.text).toBe(201);
    return { id: answer?.json<{ post: { id: number } }>().post.id ?? 0, publishAt };
  });
  return Promise.all(writes);
}

/** How long after its time each post is seen in the list of every server, in milliseconds. */
async function latencies(servers: readonly ServerProcess[], posts: readonly Scheduled[]): Promise<number[]> {
  const seen = new Map<number, number>();
  await until(
    'all publications',
    async () => {
      const lists = await Promise.all(servers.map(({ url }) => program(url).get('/api/posts?limit=100')));
      const published = lists.map((list) => list.json<{ posts: { id: number }[] }>().posts.map(({ id }) => id));
      for (const { id } of posts)
        if (!seen.has(id) && published.every((ids) => ids.includes(id))) seen.set(id, Date.now());
      return seen.size === posts.length;
    },
    { withinMs: 30_000 },
  );
  const lateMs = posts.map(({ id, publishAt }) => (seen.get(id) ?? 0) - Date.parse(publishAt));
  process.stderr.write(`published ${Math.min(...lateMs)} to ${Math.max(...lateMs)} ms after their time\n`);
  return lateMs;
}

/** The ids that a server says it has published. */
function publishedBy({ output }: ServerProcess): number[] {
  return output()
    .split('\n')
    .filter((line) => line.includes('published scheduled posts'))
    .flatMap((line) => (JSON.parse(line) as { posts: number[] }).posts);
}

async function expectOnce(servers: readonly ServerProcess[], posts: readonly Scheduled[]): Promise<void> {
  // A line of the log may come a moment after the answer that shows what it is about.
  await until('the log of each publication', () => servers.flatMap(publishedBy).length >= posts.length);
  const published = servers.flatMap(publishedBy);
  expect(published.toSorted((a, b) => a - b)).toEqual(posts.map(({ id }) => id).toSorted((a, b) => a - b));
}

/** A second publication would have made a third version. */
async function expectVersions(reader: Client | undefined, posts: readonly Scheduled[]): Promise<void> {
  for (const { id, publishAt } of posts) {
    const answer = await reader?.get(`/api/posts/${id}`);
    expect(answer?.json()).toMatchObject({ post: { status: 'published', version: 2, publishedAt: publishAt } });
  }
}
