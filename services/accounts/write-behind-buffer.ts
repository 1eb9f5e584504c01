import pLimit from 'p-limit';

/** Entries that may wait; beyond these the database has been unavailable for long, and new ids are dropped. */
const MAX_WAITING = 10_000;

export type WriteBehindBuffer<Entry> = ReturnType<typeof createWriteBehindBuffer<Entry>>;

/**
 * Holds the last entry of each id in memory until `flush` writes all of them together: no request waits for a write.
 *
 * @param write stores a batch.
 */
export function createWriteBehindBuffer<Entry>(write: (batch: [id: number, entry: Entry][]) => Promise<unknown>) {
  const oneAtATime = pLimit(1);
  let waiting = new Map<number, Entry>();

  return {
    set(id: number, entry: Entry): void {
      if (waiting.size < MAX_WAITING || waiting.has(id)) waiting.set(id, entry);
    },

    /** Writes what waits. What could not be written waits for the next call. @throws Unavailable */
    flush: () =>
      oneAtATime(async () => {
        if (waiting.size === 0) return;
        const batch = waiting;
        waiting = new Map();
        try {
          await write([...batch]);
        } catch (error) {
          waiting = new Map([...batch, ...waiting]);
          throw error;
        }
      }),
  };
}
