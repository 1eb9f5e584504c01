import type { Contents } from './contents.js';
import { spread, type Effort } from './measure.js';
import { inTurn, POSTS, postsOf } from './publishing.js';
import { print } from './report.js';
import { BROWSER, type Request, type Scenario } from './scenarios.js';
import { check, type BenchEnvironment } from './environment.js';

const READS_A_SECOND = 200;
const WRITES_A_SECOND = 100;
/** How much longer the slowest reads may take while others write. */
const AIM = 3;

/** How long reads wait without writes, and while likes and edits come in. */
export async function readsUnderWrites(
  environment: BenchEnvironment,
  contents: Contents,
  { rounds, secondsARound }: Effort,
) {
  const scenario = readsOf(contents);
  const target = await environment.start(scenario);
  const reads = environment.listFile('reads', scenario.requests ?? []);
  const writes = environment.listFile('writes', writesOf(contents));
  /** Goes through a list, from where it was left. */
  const through = (list: string, rate: number) => {
    let from = 0;
    return async () => {
      const seen = await target.runAt(rate, { list, from, duration: secondsARound });
      check(seen, scenario, target.log);
      from = seen.next;
      return seen.p99Ms;
    };
  };
  const read = through(reads, READS_A_SECOND);
  const write = through(writes, WRITES_A_SECOND);
  await read();
  const quiet: number[] = [];
  const busy: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    quiet.push(await read());
    const [p99Ms] = await Promise.all([read(), write()]);
    busy.push(p99Ms);
  }
  await target.stop();
  return { quietMs: spread(quiet), busyMs: spread(busy) };
}

export function printUnderWrites({ quietMs, busyMs }: Awaited<ReturnType<typeof readsUnderWrites>>): void {
  const ratio = busyMs.median / quietMs.median;
  print(
    `\np99 of ${READS_A_SECOND} reads/s: ${quietMs.median.toFixed(1)} ms; with ${WRITES_A_SECOND} writes/s beside them ` +
      `${busyMs.median.toFixed(1)} ms: × ${ratio.toFixed(2)}, aim ≤ ${AIM}: ${ratio <= AIM ? 'met' : 'missed'}\n`,
  );
}

/** Page 1, deeper pages and posts by turns. */
function readsOf({ published }: Contents): Scenario {
  const posts = postsOf(published.slice(-300));
  const requests = posts.flatMap((post, index): Request[] => [
    { path: '/api/posts?limit=10' },
    { path: `/api/posts?limit=10&page=${index + 2}` },
    post,
  ]);
  const task = inTurn(requests, { signedIn: true, redis: true, connections: 5 });
  return { ...task, name: 'reads', title: 'reads', posts: POSTS, server: 'allium', connections: 5 };
}

/** Likes and edits by turns. */
function writesOf({ published }: Contents): Request[] {
  return published.slice(0, 2_000).flatMap((id, index): Request[] => [
    { method: 'POST', path: `/api/posts/${id}/like`, headers: BROWSER },
    {
      method: 'PATCH',
      path: `/api/posts/${id}`,
      headers: { ...BROWSER, 'Content-Type': 'application/json' },
      body: JSON.stringify({ title: `Edited under load, no. ${index}` }),
    },
  ]);
}
