import { ApiError, request } from './client';

export const TEST_CALL_METHODS = ['GET', 'POST'] as const;
export type TestCallMethod = (typeof TEST_CALL_METHODS)[number];

/** How one call through the gateway ended. */
export interface TestCall {
  status: number;
  /** Milliseconds until the whole response had arrived. */
  ms: number;
  /** The instance that responded, if the response names it in a field `instance`. */
  instance: string | null;
  /** Why it failed, in the person's language. */
  problem: ApiError | null;
}

/**
 * Calls an upstream through the gateway, as any page would.
 *
 * @throws {DOMException} named AbortError when `signal` aborts
 */
export async function sendTestCall(
  upstream: string,
  method: TestCallMethod,
  path: string,
  signal: AbortSignal,
): Promise<TestCall> {
  const began = performance.now();
  const took = () => Math.round(performance.now() - began);
  try {
    const answer = await request<unknown>(method, `/gw/${upstream}${path}`, { signal });
    return { status: 200, ms: took(), instance: instanceIn(answer), problem: null };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const isOk = error.status >= 200 && error.status < 300; // an upstream need not respond with JSON
    return { status: error.status, ms: took(), instance: null, problem: isOk ? null : error };
  }
}

function instanceIn(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null || !('instance' in answer)) return null;
  return typeof answer.instance === 'string' ? answer.instance : null;
}
