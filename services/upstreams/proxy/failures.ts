import { DomainError, Unavailable, UpstreamFailed, UpstreamTimeout } from '../../errors.js';

/** An upstream did not do in time what it was waited for. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  constructor(awaited: string) {
    super(`timed out waiting for ${awaited}`);
  }
}

/** The request is ended from the client's side, or by us on its behalf. The upstream is not to blame. */
export class ClientDisconnected extends Error {
  override readonly name = 'ClientDisconnected';
}

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);
/** Nothing was sent: there was no connection to send it on. */
const UNSENT = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

/** Returns whether the instance cannot have received any part of the request. */
export const wasUnsent = (error: unknown): boolean => UNSENT.has(codeOf(error));

/** Returns whether a failure says nothing about the instance: the client disconnected, or we refused the request. */
export const isNeutral = (error: unknown): boolean =>
  error instanceof ClientDisconnected || error instanceof DomainError;

/** Returns the error to throw to the caller for a failed request. */
export function failureOf(upstream: string, error: unknown): Error {
  if (error instanceof DomainError || error instanceof ClientDisconnected) return error;
  const message = `${upstream}: ${(error as Error).message}`;
  const options = { fields: [upstream], cause: error };
  const timedOut = error instanceof TimedOut || TIMEOUTS.has(codeOf(error));
  return timedOut ? new UpstreamTimeout(message, options) : new UpstreamFailed(message, options);
}

export function unavailable(upstream: string, reason: string): Unavailable {
  return new Unavailable(`${upstream}: ${reason}`, { fields: [upstream], retryAfterSeconds: 1 });
}
