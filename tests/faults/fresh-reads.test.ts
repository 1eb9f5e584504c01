import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { program, type Client } from '../support/client.js';
import { writePost } from '../support/posts.js';
import { describeWith } from '../support/requires.js';
import { sameBrowser, stageAdmin, type STORES } from '../support/stage.js';
import { stageProgram, stageWorkers } from '../support/workers.js';

const RUNS = 6;
const STEPS = 25;

/** One change by one of the two workers; each kind uses only some of the fields. */
const step = fc.record({
  kind: fc.constantFrom('write', 'write', 'edit', 'archive', 'delete', 'like', 'unlike', 'comment', 'rename', 'file'),
  worker: fc.constantFrom(0 as const, 1 as const),
  which: fc.nat(),
  liker: fc.constantFrom(0 as const, 1 as const),
  tags: fc.uniqueArray(fc.constantFrom('red', 'green', 'blue'), { maxLength: 2 }),
  category: fc.constantFrom('tech', 'life'),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** The state confirmed by responses so far, which every later read must show. */
interface Expected {
  posts: KnownPost[];
  authorName: string;
  categories: string[];
  count: number;
}
interface KnownPost {
  id: number;
  title: string;
  tags: string[];
  category: string;
  published: boolean;
  likedBy: Set<number>;
  comments: number;
}

/** The same people as clients of each worker. */
interface Cast {
  author: Client[];
  admin: Client[];
  likers: Client[][];
  authorId: number;
}

describe('with SQLite alone', () => {
  suite('SQLite');
});
describeWith('redis-server', 'with Redis', () => {
  suite('Redis');
});

function suite(store: (typeof STORES)[number]): void {
  it('the next read at the other worker shows the confirmed write, though it had cached every list', async () => {
    const { workers } = await stageWorkers(store);
    const urls = workers.map(({ url }) => url);
    const cast = await stageCast(workers[0], urls);
    const state: Expected = { posts: [], authorName: 'Name 0', categories: [], count: 0 };

    const property = fc.asyncProperty(fc.array(step, { minLength: STEPS, maxLength: STEPS }), async (steps) => {
      for (const each of steps) {
        await change(cast, state, each);
        const what = JSON.stringify(each);
        for (const url of [urls[1 - each.worker], urls[each.worker]]) {
          expect(await shownAt(url ?? '', state), what).toEqual(expected(state));
        }
      }
    });
    await expect(fc.assert(property, { numRuns: RUNS, endOnFailure: true })).resolves.toBeUndefined();
  });
}

async function stageCast(first: Parameters<typeof stageAdmin>[0], urls: readonly string[]): Promise<Cast> {
  const admin = await stageAdmin(first);
  const author = await stageProgram(urls, 'author');
  const { user } = (await at(author, 0).get('/api/auth/me')).json<{ user: { id: number } }>();
  await succeeds(at(author, 0).patch(`/api/users/${user.id}`, { name: 'Name 0' }));
  return {
    author,
    admin: urls.map((url) => sameBrowser(admin, url)),
    likers: [await stageProgram(urls, 'liker'), await stageProgram(urls, 'other')],
    authorId: user.id,
  };
}

async function change(
  cast: Cast,
  state: Expected,
  { kind, worker, which, liker, tags, category }: Step,
): Promise<void> {
  const author = at(cast.author, worker);
  const live = state.posts.filter(({ published }) => published);
  const post = live[which % Math.max(live.length, 1)];
  state.count += 1;
  if (kind === 'rename') {
    await succeeds(author.patch(`/api/users/${cast.authorId}`, { name: `Name ${state.count}` }));
    state.authorName = `Name ${state.count}`;
  } else if (kind === 'file') {
    const slug = `shelf-${state.count}`;
    const names = { en: `Shelf ${state.count}`, 'zh-CN': `书架${state.count}` };
    await succeeds(at(cast.admin, worker).post('/api/categories', { slug, names }));
    state.categories.push(slug);
  } else if (kind === 'write' || !post) {
    const title = `Entry${state.count}`;
    const { id } = await writePost(author, { title, tags, category });
    state.posts.push({ id, title, tags, category, published: true, likedBy: new Set(), comments: 0 });
  } else if (kind === 'edit') {
    const changes = { title: `Entry${state.count}`, tags, category };
    await succeeds(author.patch(`/api/posts/${post.id}`, changes));
    Object.assign(post, changes);
  } else if (kind === 'archive') {
    await succeeds(author.patch(`/api/posts/${post.id}`, { status: 'archived' }));
    post.published = false;
  } else if (kind === 'delete') {
    await succeeds(author.delete(`/api/posts/${post.id}`));
    state.posts.splice(state.posts.indexOf(post), 1);
  } else if (kind === 'comment') {
    await succeeds(at(cast.likers[liker] ?? [], worker).post(`/api/posts/${post.id}/comments`, { content: 'Indeed' }));
    post.comments += 1;
  } else {
    const client = at(cast.likers[liker] ?? [], worker);
    await succeeds(client.request(kind === 'like' ? 'POST' : 'DELETE', `/api/posts/${post.id}/like`));
    if (kind === 'like') post.likedBy.add(liker);
    else post.likedBy.delete(liker);
  }
}

interface Shown {
  id: number;
  title: string;
  author: { name: string };
  likeCount: number;
  commentCount: number;
}

/** Reads everything that a change can affect from this worker. */
async function shownAt(url: string, state: Expected) {
  const reader = program(url);
  const read = async <Body>(path: string) => (await succeeds(reader.get(path))).json<Body>();
  const list = async (query: string) => {
    const { posts, pagination } = await read<{ posts: Shown[]; pagination?: { total: number } }>(
      `/api/posts?limit=100${query}`,
    );
    return { posts: posts.map(shown), total: pagination?.total };
  };
  const last = state.posts.at(-1);
  const { tags } = await read<{ tags: { name: string; postCount: number }[] }>('/api/tags');
  const { categories } = await read<{ categories: { slug: string; postCount: number }[] }>('/api/categories');
  return {
    newest: await list(''),
    endless: await list('&after='),
    liked: await list('&sort=-likeCount'),
    red: await list('&tags=red'),
    life: await list('&category=life'),
    found: last ? (await list(`&search=${last.title}`)).total : 0,
    last: last ? await lastAt(reader, last.id) : undefined,
    tags: tags.map(({ name, postCount }) => `${name}: ${postCount}`).toSorted(),
    categories: categories.map(({ slug, postCount }) => `${slug}: ${postCount}`),
  };
}

async function lastAt(reader: Client, id: number) {
  const answer = await reader.get(`/api/posts/${id}`);
  return answer.status === 200 ? shown(answer.json<{ post: Shown }>().post) : answer.status;
}

const shown = ({ id, title, author, likeCount, commentCount }: Shown) =>
  `${id} ${title} by ${author.name}, ${likeCount} likes, ${commentCount} comments`;

function expected(state: Expected): Awaited<ReturnType<typeof shownAt>> {
  const lineOf = ({ id, title, likedBy, comments }: KnownPost) =>
    `${id} ${title} by ${state.authorName}, ${likedBy.size} likes, ${comments} comments`;
  const live = state.posts.filter(({ published }) => published).toSorted((a, b) => b.id - a.id);
  const listOf = (posts: KnownPost[]) => ({ posts: posts.map(lineOf), total: posts.length });
  const countBy = (name: string, has: (post: KnownPost) => boolean) => `${name}: ${live.filter(has).length}`;
  const last = state.posts.at(-1);
  return {
    newest: listOf(live),
    endless: { posts: live.map(lineOf), total: undefined },
    liked: listOf(live.toSorted((a, b) => b.likedBy.size - a.likedBy.size || b.id - a.id)),
    red: listOf(live.filter(({ tags }) => tags.includes('red'))),
    life: listOf(live.filter(({ category }) => category === 'life')),
    found: last?.published ? live.filter(({ title }) => title.includes(last.title)).length : 0,
    last: last && (last.published ? lineOf(last) : 404),
    tags: ['blue', 'green', 'red']
      .map((tag) => countBy(tag, ({ tags }) => tags.includes(tag)))
      .filter((line) => !line.endsWith(': 0')),
    categories: ['tech', 'life', 'thoughts', 'tutorials', ...state.categories].map((slug) =>
      countBy(slug, (post) => post.category === slug),
    ),
  };
}

function at(clients: readonly Client[], worker: number): Client {
  const client = clients[worker];
  if (!client) throw new Error('no client');
  return client;
}

async function succeeds(answer: ReturnType<Client['get']>): ReturnType<Client['get']> {
  const got = await answer;
  if (got.status >= 300) throw new Error(`${got.status} ${got.text}`);
  return got;
}
