import { Unavailable } from '../errors.js';

interface Options {
  /** Tasks that may wait, of all owners together. */
  maxWaiting: number;
  /** What clients are advised to wait when the queue is full. */
  retryAfterSeconds: number;
}

/**
 * Runs one task at a time and takes turns between owners: a task waits for at most one of each other owner's,
 * however many they have queued.
 */
export function createFairQueue({ maxWaiting, retryAfterSeconds }: Options) {
  /** The owner whose turn is next comes first. */
  const turns = new Map<number, (() => void)[]>();
  let waiting = 0;
  let busy = false;

  return {
    /** @throws Unavailable when too many tasks are waiting. */
    async run<Result>(ownerId: number, task: () => Promise<Result>): Promise<Result> {
      if (busy) await turnOf(ownerId);
      busy = true;
      try {
        return await task();
      } finally {
        startNext();
      }
    },
  };

  function turnOf(ownerId: number): Promise<void> {
    if (waiting >= maxWaiting) throw new Unavailable('the queue is full', { retryAfterSeconds });
    waiting += 1;
    return new Promise((start) => {
      const own = turns.get(ownerId);
      if (own) own.push(start);
      else turns.set(ownerId, [start]);
    });
  }

  /** Stays busy while a task is waiting, so that none that comes in between overtakes it. */
  function startNext(): void {
    const [next] = turns;
    if (!next) {
      busy = false;
      return;
    }
    const [ownerId, [start, ...later]] = next;
    turns.delete(ownerId);
    if (later.length > 0) turns.set(ownerId, later); // at the end: the others come first
    waiting -= 1;
    start?.();
  }
}
