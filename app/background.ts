import type { Logger } from '../middlewares/state.js';
import type { Services } from '../services/index.js';
import type { Totals } from '../services/stats/daily-metrics.js';
import type { HeldLease } from './lease.js';
import type { Lifecycle } from './lifecycle.js';
import { repeat } from './repeat.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

interface BackgroundOptions {
  lifecycle: Lifecycle;
  log: Logger;
}

/**
 * Starts what one process at a time does without a request, and ends it before the database closes. A job that outlasts
 * the lease, after a pause of its process, may overlap with another's: each removes what is of no use, and may find it
 * gone; a scheduled post is published by the one whose statement changes its row.
 */
export function startSweepers(
  { sessions, credentialSweeper, mediaSweeper, exports, posts, scheduledPosts }: Services,
  lease: HeldLease,
  { lifecycle, log }: BackgroundOptions,
): void {
  job('sweeper', 10 * MINUTE_MS, 'expired sessions and tokens were not removed', async () => {
    await sessions.sweep();
    await credentialSweeper.sweep();
  });
  job('media sweeper', 60 * MINUTE_MS, 'what uploads have left was not removed', async () => {
    log.debug(await mediaSweeper.sweep(), 'swept uploads');
  });
  job('scheduled posts', SECOND_MS, 'scheduled posts were not published', async (stopping) => {
    const published = await scheduledPosts.publishDue(stopping);
    if (published.length > 0) log.info({ posts: published }, 'published scheduled posts');
  });
  job('exports', 60 * MINUTE_MS, 'old exports were not removed', exports.sweep);
  job('search index', 60 * MINUTE_MS, 'the search index was not tidied', posts.tidySearch);

  function job(name: string, everyMs: number, failure: string, work: (stopping: AbortSignal) => Promise<unknown>) {
    const workAsHolder = async (stopping: AbortSignal) => lease.isHeld() && work(stopping);
    lifecycle.opened(name, repeat(workAsHolder, { everyMs, failed: (err) => log.warn({ err }, failure) }));
  }
}

/** Writes buffered views and uses every second, and before the database closes: until then they are in memory alone. */
export function startWriteBehind(
  { postViews, signIns, personalTokens }: Services,
  { lifecycle, log }: BackgroundOptions,
): void {
  const flush = async () => {
    for (const buffer of [postViews, signIns, personalTokens]) await buffer.flush();
  };
  const failed = (err: unknown) => log.warn({ err }, 'views and uses were not written');
  const stop = repeat(flush, { everyMs: SECOND_MS, failed });
  lifecycle.opened('write-behind buffers', async () => {
    await stop();
    await flush();
  });
}

/** Adds what this process counts to the figures of the day every minute, and before the database closes. */
export function startDailyMetrics(
  { dailyMetrics }: Pick<Services, 'dailyMetrics'>,
  totals: () => Promise<Totals>,
  { lifecycle, log }: BackgroundOptions,
): void {
  const flush = async () => dailyMetrics.flush(await totals());
  const failed = (err: unknown) => log.warn({ err }, 'the figures of the day were not written');
  const stop = repeat(flush, { everyMs: MINUTE_MS, failed });
  lifecycle.opened('figures of the day', async () => {
    await stop();
    await flush();
  });
}
