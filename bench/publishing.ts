import type { Contents } from './contents.js';
import { BROWSER, type Request, type Scenario } from './scenarios.js';

/** A scenario that runs against the product and against each of its peers. */
export interface PeerScenario {
  name: string;
  title: string;
  /** What the product may cost, as a multiple of what the Fastify peer costs. */
  aim: number;
  peers: readonly (typeof PEERS)[number][];
  /** @param contents of the database that all serve. */
  task(contents: Contents): Task;
}
type Task = Pick<Scenario, 'request' | 'status'> & Partial<Scenario>;

export const POSTS = 10_000;
const PEERS = ['fastify', 'express'] as const;
const json = { Accept: 'application/json' };
const sent = { ...json, ...BROWSER };
/** Ten entries on average; each length is a page of its own. */
export const LENGTHS = [10, 9, 11, 8, 12];
const PAGE_1 = { path: '/api/posts?limit=10', headers: json };
const ME = { path: '/api/auth/me', headers: json };

const ON_SQLITE: readonly Omit<PeerScenario, 'peers'>[] = [
  { name: 'page-1', title: 'page 1 of the posts', aim: 0.3, task: () => repeated(PAGE_1) },
  { name: 'page-1-mine', title: 'page 1, signed in', aim: 0.3, task: () => repeated(PAGE_1, { signedIn: true }) },
  {
    name: 'rare-page',
    title: 'a page not requested before',
    aim: 1.2,
    task: () => inTurn(rarePages(), { once: true, amount: 1_500 }),
  },
  {
    name: 'search',
    title: 'a search not made before',
    aim: 1.2,
    task: (held) => inTurn(searches(held), { once: true, amount: 1_500 }),
  },
  {
    name: 'post',
    title: 'one post, of 200 by turns',
    aim: 1,
    task: ({ published }) => inTurn(postsOf(published.slice(-200))),
  },
  {
    name: 'post-mine',
    title: 'one post, signed in',
    aim: 1,
    task: ({ published }) => inTurn(postsOf(published.slice(-200)), { signedIn: true }),
  },
  { name: 'me', title: 'who is signed in', aim: 1, task: () => repeated(ME, { signedIn: true }) },
  { name: 'me-200', title: 'the same, of 200 people by turns', aim: 1, task: () => repeated(ME, { people: 200 }) },
  { name: 'like', title: 'like, or take it back', aim: 2.5, task: likes },
  { name: 'create', title: 'write a post', aim: 2.5, task: newPosts },
];
/** On PostgreSQL peers wait for the same server. Express is left out: Sequelize is slower on every one of these. */
const ON_POSTGRES = ON_SQLITE.filter(({ name }) => name !== 'search').map(({ name, title, task }): PeerScenario => ({
  name: `${name}-postgres`,
  title: `${title}, on PostgreSQL`,
  aim: 1.1,
  peers: ['fastify'],
  task: (contents) => ({ ...task(contents), postgres: true }),
}));
export const PEER_SCENARIOS: readonly PeerScenario[] = [
  ...ON_SQLITE.map((scenario) => ({ ...scenario, peers: PEERS })),
  ...ON_POSTGRES,
];

/**
 * One scenario per server, in the order they are measured in.
 *
 * @param alone without the peers. @param against the folder of another build of the product, in place of the peers.
 */
export function scenariosOf(
  { name, title, peers, task }: PeerScenario,
  contents: Contents,
  { alone = false, against }: { alone?: boolean; against?: string | undefined } = {},
): Scenario[] {
  const common = { title, posts: POSTS, redis: true, connections: 10, ...task(contents) };
  const ours: Scenario = { ...common, name, server: 'allium' };
  if (against !== undefined) return [ours, { ...ours, name: `${name}-before`, program: `${against}/dist/bin/www.js` }];
  return alone ? [ours] : [ours, ...peers.map((server) => ({ ...common, name: `${name}-${server}`, server }))];
}

function repeated(request: Request, rest: Partial<Scenario> = {}): Task {
  return { request, status: 200, ...rest };
}

export function inTurn(requests: Request[], rest: Partial<Scenario> = {}): Task {
  return { request: { path: first(requests).path, headers: json }, requests, status: 200, ...rest };
}

export function postsOf(ids: readonly number[]): Request[] {
  return ids.map((id) => ({ path: `/api/posts/${id}` }));
}

/** Pages deep in lists: of all posts in any order, and of each category by date. */
export function rarePages(): Request[] {
  const fields = ['publishedAt', 'createdAt', 'viewCount', 'likeCount', 'title'];
  const both = (field: string) => [`sort=${field}`, `sort=-${field}`];
  const ofCategory = ['tech', 'life', 'thoughts', 'tutorials'].map((category) => `category=${category}&`);
  const lists = [
    ...fields.flatMap(both).map((list) => ({ list, pages: 450 })),
    ...ofCategory.flatMap((of) => both('publishedAt').map((sort) => ({ list: of + sort, pages: 180 }))),
  ];
  const pagesOf = ({ list, pages }: { list: string; pages: number }) =>
    LENGTHS.flatMap((limit) =>
      Array.from({ length: pages - 1 }, (_, index) => ({
        path: `/api/posts?${list}&page=${index + 2}&limit=${limit}`,
      })),
    );
  return shuffled(lists.flatMap(pagesOf));
}

/** Two words of one text, or three. */
export function searches({ texts }: Contents): Request[] {
  const queries = new Set<string>();
  for (const text of texts) {
    const words = [...new Set(text.toLowerCase().match(/[a-z]{5,}/g))];
    const besides = (...used: string[]) => words.filter((word) => !used.includes(word));
    for (const one of words) {
      for (const other of besides(one)) {
        queries.add(`${one}+${other}`);
        for (const third of besides(one, other)) queries.add(`${one}+${other}+${third}`);
      }
    }
  }
  return shuffled(
    [...queries].flatMap((query) => LENGTHS.map((n) => ({ path: `/api/posts?search=${query}&limit=${n}` }))),
  );
}

/** Likes many posts and then takes all likes back, so that each request writes. */
function likes({ published }: Contents): Task {
  const some = published.slice(0, 3_000);
  const requests = (['POST', 'DELETE'] as const).flatMap((method) =>
    some.map((id) => ({ method, path: `/api/posts/${id}/like` })),
  );
  const request = { ...first(requests), headers: sent };
  return { request, requests, status: 200, signedIn: true, amount: some.length };
}

export function newPosts(): Task {
  const request = {
    path: '/api/posts',
    method: 'POST',
    headers: { ...sent, 'Content-Type': 'application/json' },
  } as const;
  const requests = Array.from({ length: 12_000 }, (_, number) => ({
    path: request.path,
    body: JSON.stringify({
      title: `What a benchmark writes, part ${number}`,
      content: TEXT,
      category: 'tech',
      tags: ['benchmarks', 'writing', 'numbers'],
      status: 'published',
    }),
  }));
  return { request, requests, status: 201, signedIn: true, amount: 1_000 };
}

const TEXT = `# On figures

A figure says **something** only beside another one. Here is [a list](https://example.com/list):

- what was asked for,
- what it has cost, in \`µs\`,
- and what that is to be compared with.

> Measure twice, then write it down.

\`\`\`js
const ratio = ours / theirs;
\`\`\`

${'A later reader knows neither the machine nor the day, so both are stored beside the figure. '.repeat(4)}`;

/** The same order each time. */
function shuffled<Item>(items: Item[]): Item[] {
  let state = 1;
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return items
    .map((item) => ({ item, place: next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function first<Item>([item]: readonly Item[]): Item {
  if (item === undefined) throw new Error('the database holds too little');
  return item;
}
