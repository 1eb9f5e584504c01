import pLimit from 'p-limit';

/** Notes that wait to be written; beyond these the database has been away for long. */
const MAX_WAITING = 10_000;

export type Notes<Note> = ReturnType<typeof createNotes<Note>>;

/**
 * Keeps the last note about each id in memory until `flush` writes them together: requests wait for no write.
 *
 * @param write stores a batch.
 */
export function createNotes<Note>(write: (batch: [id: number, note: Note][]) => Promise<void>) {
  const oneAtATime = pLimit(1);
  let waiting = new Map<number, Note>();

  return {
    note(id: number, note: Note): void {
      if (waiting.size < MAX_WAITING || waiting.has(id)) waiting.set(id, note);
    },

    /** Writes what has been noted. What could not be written is kept for the next time. @throws Unavailable */
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
