import { DomainError, Unavailable, UpstreamFailed, UpstreamTimeout } from '../errors.js';

/** An upstream has not done in time what it was waited for. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  constructor(awaited: string) {
    super(`timed out waiting for ${awaited}`);
  }
}

/** Whoever asked has gone. Nobody is left to be told anything. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);
/** Nothing has been sent: there was no connection to send it on. */
const UNSENT = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

/** Whether the instance cannot have seen anything of the request. */
export const wasUnsent = (error: unknown): boolean => UNSENT.has(codeOf(error));

/** What a failed call means to whoever asked for it. */
export function failureOf(upstream: string, error: unknown): Error {
  if (error instanceof DomainError || error instanceof ClientGone) return error;
  const { message } = error as Error;
  const told = { fields: [upstream], cause: error };
  if (error instanceof TimedOut || TIMEOUTS.has(codeOf(error))) {
    return new UpstreamTimeout(`${upstream}: ${message}`, told);
  }
  return new UpstreamFailed(`${upstream}: ${message}`, told);
}

export function unavailable(upstream: string, reason: string): Unavailable {
  return new Unavailable(`${upstream}: ${reason}`, { fields: [upstream], retryAfterSeconds: 1 });
}
