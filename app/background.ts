import type { Logger } from '../middlewares/state.js';
import type { Services } from '../services/index.js';
import type { HeldLease } from './lease.js';
import type { Lifecycle } from './lifecycle.js';
import { repeat } from './repeat.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/**
 * What one process at a time does without a request, and ends before the database closes. A job that a pause of its
 * process has stretched beyond the lease may overlap with another's: each removes what is of no use, and may find it gone.
 */
export function sweep(services: Services, lease: HeldLease, lifecycle: Lifecycle, log: Logger): void {
  const { sessions, credentialSweeper, mediaSweeper, search } = services;

  job('sweeper', 10 * MINUTE_MS, 'expired sessions and tokens were not removed', async () => {
    await sessions.sweep();
    await credentialSweeper.sweep();
  });
  job('media sweeper', 60 * MINUTE_MS, 'what uploads have left was not removed', async () => {
    log.debug(await mediaSweeper.sweep(), 'swept uploads');
  });
  job('search index', 60 * MINUTE_MS, 'the search index was not tidied', search.tidy);

  function job(name: string, everyMs: number, failure: string, work: (stopping: AbortSignal) => Promise<unknown>) {
    const workAsHolder = async (stopping: AbortSignal) => lease.isHeld() && work(stopping);
    lifecycle.opened(name, repeat(workAsHolder, { everyMs, failed: (err) => log.warn({ err }, failure) }));
  }
}

/**
 * Who has read what and been seen when is written together, this often, and before the database closes: until then it is
 * in memory alone.
 */
export function writeNotes({ postViews, signIns, personalTokens }: Services, lifecycle: Lifecycle, log: Logger): void {
  const flush = async () => {
    for (const notes of [postViews, signIns, personalTokens]) await notes.flush();
  };
  const failed = (err: unknown) => log.warn({ err }, 'views and uses were not written');
  const stop = repeat(flush, { everyMs: SECOND_MS, failed });
  lifecycle.opened('notes', async () => {
    await stop();
    await flush();
  });
}
