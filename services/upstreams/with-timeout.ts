/**
 * Runs work under a signal that fires after `ms` milliseconds, or with `closing`. Not by AbortSignal.any: for each signal
 * that it makes, Node 20 leaves a reference on `closing`, which lives as long as the process.
 *
 * @throws the signal's reason once it has fired.
 */
export async function withTimeout<Result>(
  ms: number,
  closing: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  closing.throwIfAborted();
  const limit = new AbortController();
  const close = () => limit.abort(closing.reason);
  const timer = setTimeout(() => limit.abort(new Error(`no response within ${ms} ms`)), ms);
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
