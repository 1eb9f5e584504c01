/** Asked for one part of an answer. Gives up when `signal` says that time is up. */
export type Source<Part> = (signal: AbortSignal) => Promise<Part>;
type Sources = Readonly<Record<string, Source<unknown>>>;
type PartsOf<S extends Sources> = { [Name in keyof S]?: Awaited<ReturnType<S[Name]>> };

/** What came in time, under the names of the sources, and the names of those that did not answer. */
export interface Aggregated<S extends Sources> {
  parts: PartsOf<S>;
  partial: boolean;
  missing: string[];
}

interface Options {
  /** For all together. */
  deadlineMs: number;
  /** Receives the reason why a part is missing. */
  failed?: (name: string, error: unknown) => void;
}

/**
 * Asks all sources at once and answers what there is when all have answered or the time is up. A source that fails, or
 * is too slow, costs its own part and nothing else.
 */
export async function aggregate<const S extends Sources>(
  sources: S,
  { deadlineMs, failed = () => {} }: Options,
): Promise<Aggregated<S>> {
  const late = AbortSignal.timeout(deadlineMs);
  const parts: Record<string, unknown> = {};
  const missing: string[] = [];
  const timeIsUp = new Promise<never>((_resolve, reject) => {
    late.addEventListener('abort', () => reject(late.reason as Error), { once: true });
  });
  timeIsUp.catch(() => {}); // when everybody was in time
  await Promise.all(
    Object.entries(sources).map(async ([name, ask]) => {
      try {
        parts[name] = await Promise.race([ask(late), timeIsUp]);
      } catch (error) {
        missing.push(name);
        failed(name, error);
      }
    }),
  );
  return { parts: parts as PartsOf<S>, partial: missing.length > 0, missing: missing.toSorted() };
}
