import { monitorEventLoopDelay } from 'node:perf_hooks';
import { repeat } from './repeat.js';

const SAMPLE_MS = 1_000;
const NS_PER_MS = 1e6;

/**
 * Samples every second how late the event loop is.
 *
 * @param maxDelayMs mean delay above which it counts as late.
 */
export function monitorEventLoop(maxDelayMs = 500) {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let late = false;
  let behind = false;
  const sample = async () => {
    const wasLate = late;
    late = delay.mean / NS_PER_MS > maxDelayMs;
    behind = late && wasLate;
    delay.reset();
  };
  const stop = repeat(sample, { everyMs: SAMPLE_MS, failed: () => {} });

  return {
    /** Whether it has been late for two samples: a machine that stood still for a moment is over it already. */
    isBehind: () => behind,
    async close(): Promise<void> {
      await stop();
      delay.disable();
    },
  };
}
