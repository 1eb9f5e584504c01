import pLimit from 'p-limit';
import type { Dispatcher } from 'undici';
import type { CheckRules } from './health.schema.js';
import type { InstanceHealth } from './instance-health.js';
import { withinTime } from './within-time.js';

/** One instance as it is checked. */
export interface Checked {
  /** Its connections. */
  dispatcher: Dispatcher;
  url: string;
  health: Pick<InstanceHealth, 'checked'>;
}

/** Checks of one upstream under way at once. */
const AT_ONCE = 10;
const MAX_ANSWER_BYTES = 65_536;

/**
 * Checks all instances every so often, each time a tenth sooner or later: many processes would else do so together.
 * A round waits for the one before.
 *
 * @param targets asked at the beginning of each round.
 * @returns ends them, and those under way.
 */
export function startActiveChecks({ path, intervalMs, timeoutMs }: CheckRules, targets: () => Iterable<Checked>) {
  const closing = new AbortController();
  const limit = pLimit(AT_ONCE);
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

  async function check({ dispatcher, url, health }: Checked): Promise<void> {
    try {
      const status = await withinTime(timeoutMs, closing.signal, async (signal) => {
        const headers = { 'user-agent': 'allium-health-check' };
        const { statusCode, body } = await dispatcher.request({ origin: url, path, method: 'GET', headers, signal });
        await body.dump({ limit: MAX_ANSWER_BYTES, signal });
        return statusCode;
      });
      health.checked(status >= 200 && status < 300, `its check was answered with ${status}`);
    } catch (error) {
      if (!closing.signal.aborted) health.checked(false, error instanceof Error ? error.message : String(error));
    }
  }
}
