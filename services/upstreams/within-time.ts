/**
 * Does some work under a signal that fires after `ms` milliseconds, or with `closing`. Not by AbortSignal.any: Node 20
 * leaves a reference on a signal that lives as long as the process for each that is made of it.
 *
 * @throws what the signal was fired with, once it was.
 */
export async function withinTime<Result>(
  ms: number,
  closing: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  closing.throwIfAborted();
  const limit = new AbortController();
  const close = () => limit.abort(closing.reason);
  const timer = setTimeout(() => limit.abort(new Error(`no answer within ${ms} ms`)), ms);
  closing.addEventListener('abort', close);
  try {
    return await work(limit.signal);
  } catch (error) {
    limit.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', close);
  }
}
