/** Where work may be canceled: makes the signal on first use, since most requests need none. */
export type SignalSource = () => AbortSignal;

/** Of work that several callers wait for: aborts when each of them has aborted. */
export interface SharedSignal {
  readonly signal: AbortSignal;
  /** @param source of one more caller; a caller without one waits to the end. */
  join(source: SignalSource | undefined): void;
}

export function createSharedSignal(): SharedSignal {
  const controller = new AbortController();
  let waiting = 0;
  return {
    signal: controller.signal,
    join(source) {
      waiting += 1;
      const signal = source?.();
      const leave = () => {
        waiting -= 1;
        if (waiting === 0) controller.abort();
      };
      if (signal?.aborted) leave();
      else signal?.addEventListener('abort', leave, { once: true });
    },
  };
}
