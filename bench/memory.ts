import { readFileSync } from 'node:fs';
import type { Contents } from './contents.js';
import type { BenchEnvironment, Target } from './environment.js';
import { spread } from './measure.js';
import { newPosts, POSTS, postsOf, rarePages } from './publishing.js';
import { print, table } from './report.js';
import { BROWSER, type Request, type Scenario } from './scenarios.js';

const ROUNDS = 12;
const SECONDS = 10;

/** What a mixed load makes of a worker's memory, by what V8 is allowed: the workers take turns for some minutes. */
export async function memoryByFlags(environment: BenchEnvironment, contents: Contents, flags: readonly string[]) {
  const scenario = mixed(contents);
  const workers: { flag: string; target: Target; cpuUs: number[]; residentMb: number[] }[] = [];
  for (const flag of flags) {
    const target = await environment.start(
      { ...scenario, name: `mixed-${workers.length}` },
      flag.split(' ').filter(Boolean),
    );
    await target.run({ duration: SECONDS });
    workers.push({ flag, target, cpuUs: [], residentMb: [] });
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { target, cpuUs, residentMb } of workers) {
      cpuUs.push((await target.run({ duration: SECONDS })).cpuUs ?? Number.NaN);
      residentMb.push(memoryOf(target, 'VmRSS'));
    }
  }
  const rows = workers.map(({ flag, target, cpuUs, residentMb }) => [
    flag || 'none',
    spread(cpuUs).median.toFixed(0),
    spread(cpuUs.map((us, round) => us / (workers[0]?.cpuUs[round] ?? Number.NaN))).median.toFixed(2),
    spread(residentMb).median.toFixed(0),
    memoryOf(target, 'VmHWM').toFixed(0),
  ]);
  await Promise.all(workers.map(({ target }) => target.stop()));
  print(`\nresident MB of a worker under mixed load, ${ROUNDS} rounds of ${SECONDS} s each\n`);
  table(['V8 flags', 'CPU µs', '÷ first', 'MB', 'peak MB'], rows);
}

const PAGE = { path: '/api/posts?limit=10' };
const SIGNED_OUT = { headers: { Cookie: '' } };

/** Lists, posts and who is signed in, by an account and signed out; of seventeen requests one likes or writes a post. */
function mixed({ published }: Contents): Scenario {
  const posts = postsOf(published.slice(-2_000));
  const pages = rarePages();
  const reads = [PAGE, { ...PAGE, ...SIGNED_OUT }, { path: '/api/auth/me' }];
  const written = newPosts().requests ?? [];
  const requests = posts.flatMap((post, index): Request[] => [
    ...Array.from({ length: 3 }, () => [...reads, post, { ...post, ...SIGNED_OUT }]).flat(),
    pages[index % pages.length] ?? post,
    index % 2 === 0
      ? {
          ...written[index % written.length],
          path: '/api/posts',
          method: 'POST',
          headers: { ...BROWSER, 'Content-Type': 'application/json' },
        }
      : { path: `${post.path}/like`, method: 'POST', headers: BROWSER },
  ]);
  const request = { ...PAGE, headers: { Accept: 'application/json' } };
  return {
    name: 'mixed',
    title: 'mixed',
    server: 'allium',
    request,
    requests,
    posts: POSTS,

    signedIn: true,
    status: 200,
    statuses: [200, 201],
    connections: 10,
  };
}

/** @param field of `/proc/<pid>/status`: VmHWM is the peak of VmRSS. */
function memoryOf({ pid }: Target, field: 'VmRSS' | 'VmHWM'): number {
  const [, kib] = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}
