import type { Logger } from '../middlewares/state.js';
import type { Services } from '../services/index.js';
import type { Lifecycle } from './lifecycle.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** What the machine's first worker does without anybody's request. It ends before the database closes. */
export function sweep(services: Services, lifecycle: Lifecycle, log: Logger): void {
  const { sessions, credentialSweeper, mediaSweeper, search } = services;
  const failed = (what: string) => (err: unknown) => log.warn({ err }, what);

  lifecycle.opened(
    'sweeper',
    repeat(
      10 * MINUTE_MS,
      () => sessions.sweep().then(() => credentialSweeper.sweep()),
      failed('expired sessions and tokens were not removed'),
    ),
  );
  lifecycle.opened(
    'media sweeper',
    repeat(
      60 * MINUTE_MS,
      async () => log.debug(await mediaSweeper.sweep(), 'swept uploads'),
      failed('what uploads have left was not removed'),
    ),
  );
  lifecycle.opened('search index', repeat(60 * MINUTE_MS, search.tidy, failed('the search index was not tidied')));
}

/**
 * Who has read what and been seen when is written together, this often, and before the database closes: until then it is
 * in memory alone.
 */
export function writeNotes({ postViews, signIns, personalTokens }: Services, lifecycle: Lifecycle, log: Logger): void {
  const flush = async () => {
    for (const notes of [postViews, signIns, personalTokens]) await notes.flush();
  };
  const stop = repeat(SECOND_MS, flush, (err) => log.warn({ err }, 'views and uses were not written'));
  lifecycle.opened('notes', async () => {
    await stop();
    await flush();
  });
}

/** @returns what ends it: work under way is told by its signal, and waited for. */
function repeat(
  everyMs: number,
  work: (stopping: AbortSignal) => Promise<unknown>,
  failed: (error: unknown) => void,
): () => Promise<void> {
  const stopping = new AbortController();
  let underWay: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    underWay ??= work(stopping.signal)
      .catch(failed)
      .finally(() => (underWay = undefined));
  }, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await underWay;
  };
}
