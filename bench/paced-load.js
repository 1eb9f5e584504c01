/**
 * A load generator that sends so many requests a second, evenly, whether or not the last ones have been answered:
 * autocannon sends a second's share at once, so that most of it waits for the rest.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';

const { url, list, from, headers, rate, duration } = JSON.parse(process.argv[2] ?? '{}');
const requests = JSON.parse(readFileSync(list, 'utf8'));
const pool = new Pool(new URL(url).origin, { connections: 10 });
const times = [];
const statuses = new Set();
let failures = 0;

// Of the first second nothing is timed: connections are made then, and this program is still slow itself.
const untimedRequests = rate;
const total = untimedRequests + duration * rate;
const startedAt = performance.now();
const pending = [];
for (let count = 0; count < total; count += 1) {
  const dueAt = startedAt + (count * 1000) / rate;
  if (dueAt > performance.now()) await wait(dueAt - performance.now());
  pending.push(send(requests[(from + count) % requests.length], { dueAt, timed: count >= untimedRequests }));
}
await Promise.all(pending);
times.sort((a, b) => a - b);
process.stdout.write(
  JSON.stringify({
    requests: total,
    next: from + total,
    perSecond: (total * 1000) / (performance.now() - startedAt),
    p99Ms: times[Math.floor(times.length * 0.99)],
    failures,
    statuses: [...statuses],
  }),
);
await pool.close();

async function send({ path, method = 'GET', headers: own, body }, { dueAt, timed }) {
  try {
    const answer = await pool.request({ path, method, headers: { ...headers, ...own }, body });
    await answer.body.dump();
    statuses.add(answer.statusCode);
    if (timed) times.push(performance.now() - dueAt);
  } catch {
    failures += 1;
  }
}
