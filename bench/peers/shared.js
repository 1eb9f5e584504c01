/** What both peers take from the product as it is, so that everybody does the same work, and how they start. */
import { pino } from 'pino';
import { createClient } from 'redis';
import { searchTerms } from '../../dist/models/posts/search-terms.js';

export { createPasswordHasher } from '../../dist/services/accounts/password-hasher.js';
export { excerptOf, renderMarkdown } from '../../dist/services/posts/markdown.js';
export { highlight } from '../../dist/services/posts/highlight.js';
export { slugBesides, slugOf } from '../../dist/services/posts/slugs.js';
export { normalizeTags } from '../../dist/services/posts/tags.js';
export { pairsOf } from '../../dist/models/posts/search-terms.js';

export const DATABASE = `${process.env.DATA_DIR}/allium.sqlite`;
export const SESSION_SECRET = 'a secret of forty characters or even more';
export const SESSION_MS = 24 * 3_600_000;

/** To standard output by the page, as the product logs. */
export const log = pino(pino.destination({ fd: 1, sync: false, minLength: 12_288, periodicFlush: 100 }));

export async function connectRedis() {
  const client = createClient({ url: process.env.REDIS_URL });
  await client.connect();
  return client;
}

/** The line that the benchmark waits for. */
export function announce(port) {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
  process.on('SIGTERM', () => process.exit(0));
}

/** How SQLite holds a time for the product. */
export const storedTime = (date = new Date()) => `${date.toISOString().replace('T', ' ').slice(0, -1)} +00:00`;

/** The words of a search, and what FTS5 looks for: undefined where all are shorter than its trigrams. */
export function matchOf(search) {
  const { words, long } = searchTerms(search);
  const quoted = long.map((word) => `"${word.replaceAll('"', '""')}"`);
  return { words, match: quoted.length > 0 ? quoted.join(' ') : undefined };
}

/** Views are counted once for each visitor and hour, and written once a second. */
export function createViews(write) {
  const seen = new Set();
  let waiting = new Map();
  setInterval(() => {
    if (waiting.size === 0) return;
    const counts = waiting;
    waiting = new Map();
    write(counts);
  }, 1_000).unref();
  setInterval(() => seen.clear(), 3_600_000).unref();

  return function note(postId, visitor) {
    const visit = `${postId} ${visitor}`;
    if (seen.has(visit)) return;
    seen.add(visit);
    waiting.set(postId, (waiting.get(postId) ?? 0) + 1);
  };
}
