import pLimit from 'p-limit';
import type { Dispatcher } from 'undici';
import type { CheckRules } from '../config/health.schema.js';
import { withTimeout } from '../with-timeout.js';
import type { InstanceHealth } from './instance-health.js';

/** An instance to check. */
export interface CheckTarget {
  /** Its connections. */
  dispatcher: Dispatcher;
  url: string;
  health: Pick<InstanceHealth, 'recordCheck'>;
}

/** Checks of one upstream in flight at once. */
const MAX_CONCURRENT = 10;
const MAX_RESPONSE_BYTES = 65_536;

/**
 * Checks all instances at an interval that varies by a tenth, so that many processes do not check together. A round
 * starts after the one before has ended.
 *
 * @param targets called at the start of each round.
 * @returns a function that stops the checks, those in flight included.
 */
export function startActiveChecks({ path, intervalMs, timeoutMs }: CheckRules, targets: () => Iterable<CheckTarget>) {
  const closing = new AbortController();
  const limit = pLimit(MAX_CONCURRENT);
  let timer: NodeJS.Timeout;
  schedule();

  return (): void => {
    closing.abort();
    clearTimeout(timer);
  };

  function schedule(): void {
    timer = setTimeout(() => void round(), intervalMs * (0.9 + Math.random() / 5));
    timer.unref();
  }

  async function round(): Promise<void> {
    await Promise.all([...targets()].map((target) => limit(() => check(target))));
    if (!closing.signal.aborted) schedule();
  }

  async function check({ dispatcher, url, health }: CheckTarget): Promise<void> {
    try {
      const status = await withTimeout(timeoutMs, closing.signal, async (signal) => {
        const headers = { 'user-agent': 'allium-health-check' };
        const { statusCode, body } = await dispatcher.request({ origin: url, path, method: 'GET', headers, signal });
        await body.dump({ limit: MAX_RESPONSE_BYTES, signal });
        return statusCode;
      });
      health.recordCheck(status >= 200 && status < 300, `its check returned status ${status}`);
    } catch (error) {
      if (!closing.signal.aborted) health.recordCheck(false, error instanceof Error ? error.message : String(error));
    }
  }
}
