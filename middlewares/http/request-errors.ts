import type { ErrorCode } from '../../services/errors.js';

/** What is wrong with a request before any service sees it. Stable, like the codes of services. */
type RequestErrorCode = 'malformed_body' | 'csrf_failed' | 'wrong_host' | 'method_not_allowed';

/** Every `code` that a response may have. */
export type ApiErrorCode = ErrorCode | RequestErrorCode | 'internal';

/** A request that the HTTP layers refuse. The message is for the log. */
export abstract class RequestError extends Error {
  abstract readonly code: RequestErrorCode;

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class MalformedBody extends RequestError {
  readonly code = 'malformed_body';
}
export class CsrfFailed extends RequestError {
  readonly code = 'csrf_failed';
}
/** The request names a host that is not ours. */
export class WrongHost extends RequestError {
  readonly code = 'wrong_host';
}
