interface Options {
  everyMs: number;
  /** Whether the first time is now. */
  atOnce?: boolean;
  failed: (error: unknown) => void;
}

/**
 * Does some work again and again, never twice at a time.
 *
 * @returns what ends it: the work that is in flight is aborted by its signal, and waited for.
 */
export function repeat(
  work: (stopping: AbortSignal) => Promise<unknown>,
  { everyMs, atOnce = false, failed }: Options,
): () => Promise<void> {
  const stopping = new AbortController();
  let inFlight: Promise<unknown> | undefined;
  const run = () => {
    inFlight ??= work(stopping.signal)
      .catch(failed)
      .finally(() => (inFlight = undefined));
  };
  if (atOnce) run();
  const timer = setInterval(run, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await inFlight;
  };
}
