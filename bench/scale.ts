import type { Contents } from './contents.js';
import type { Figures } from './measure.js';
import { inTurn, LENGTHS, POSTS, postsOf, searches } from './publishing.js';
import { table } from './report.js';
import type { Request, Scenario } from './scenarios.js';

export const MANY_POSTS = 1_000_000;
/** What a request may cost with a hundred times as many posts. */
const AIM = 1.5;
/** Page 1,000 begins behind so many posts. With fewer posts than that it is the last third. */
const DEEP = 10_000;

/** What the size of the database could make dearer, without a cache in between but for page 1. */
export function scaleScenarios(contents: ReadonlyMap<number, Contents>): Scenario[] {
  const tasks = {
    'page-1': () => inTurn([{ path: '/api/posts?limit=10' }]),
    cursor: (held: Contents) => inTurn(cursors(held), { once: true, amount: 1_000 }),
    post: ({ published }: Contents) => inTurn(postsOf(published)),
    search: (held: Contents) => inTurn(searches(held), { once: true, amount: 1_000 }),
  };
  return Object.entries(tasks).flatMap(([title, task]) =>
    [...contents].map(([posts, held]): Scenario => {
      return { ...task(held), name: `${title}-${posts}`, title, posts, server: 'allium', connections: 10 };
    }),
  );
}

/** As `next` has them. */
function cursors({ deep }: Contents): Request[] {
  return deep.flatMap(({ publishedAt, id }) => {
    const after = Buffer.from(JSON.stringify([publishedAt, id])).toString('base64url');
    return LENGTHS.map((limit) => ({ path: `/api/posts?limit=${limit}&after=${after}` }));
  });
}

export function deepOffset(posts: number): number {
  return Math.min(DEEP, Math.floor((posts * 2) / 3));
}

export function printScale(compared: ReadonlyMap<Scenario, Figures>): void {
  const cost = (title: string, posts: number) =>
    [...compared].find(([scenario]) => scenario.title === title && scenario.posts === posts)?.[1].cpuUs?.median;
  const titles = new Set([...compared].map(([{ title }]) => title));
  table(
    ['CPU µs per request', 'with 10,000 posts', 'with 1,000,000', 'ratio', 'aim', ''],
    [...titles].map((title) => {
      const [few = Number.NaN, many = Number.NaN] = [cost(title, POSTS), cost(title, MANY_POSTS)];
      const verdict = many / few <= AIM ? 'met' : 'missed';
      return [title, few.toFixed(0), many.toFixed(0), (many / few).toFixed(2), `≤ ${AIM}`, verdict];
    }),
  );
}
