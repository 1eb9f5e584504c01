import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../middlewares/state.js';

export type Lifecycle = ReturnType<typeof createLifecycle>;

/**
 * Remembers what has been opened and closes it newest first, so that nothing loses what it stands on.
 *
 * @param options.graceMs how long everything together may take to close.
 */
export function createLifecycle({ graceMs, log }: { graceMs: number; log: Logger }) {
  const parts: { name: string; close: () => Promise<unknown> }[] = [];
  let stopped: Promise<boolean> | undefined;

  return {
    opened(name: string, close: () => Promise<unknown>): void {
      parts.unshift({ name, close });
    },

    /** True from the first call of `stop`. */
    get stopping(): boolean {
      return stopped !== undefined;
    },

    /** Closes everything, once. Resolves to false when a part failed or `graceMs` ran out. */
    stop(): Promise<boolean> {
      stopped ??= Promise.race([closeAll(), wait(graceMs, false, { ref: false })]);
      return stopped;
    },
  };

  async function closeAll(): Promise<boolean> {
    let clean = true;
    for (const { name, close } of parts) {
      try {
        await close();
        log.debug({ part: name }, 'closed');
      } catch (err) {
        clean = false;
        log.error({ part: name, err }, 'did not close');
      }
    }
    return clean;
  }
}
