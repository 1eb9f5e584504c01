/** One refused field: `path` is dotted, as in `profile.bio`. */
export interface ErrorDetail {
  path: string;
  message: string;
}

export interface ApiErrorFields {
  /** 0 when no response came. */
  status: number;
  /** Stable, for programs. */
  code: string;
  /** For people, in the language of the request. */
  message: string;
  details?: readonly ErrorDetail[];
  requestId?: string | null;
  retryAfterSeconds?: number | null;
  cause?: unknown;
}

/** Every way in which a request can fail. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly details: readonly ErrorDetail[];
  /** Finds the request in the server's log. */
  readonly requestId: string | null;
  /** How long to wait before the same request may succeed. */
  readonly retryAfterSeconds: number | null;

  constructor({ message, cause, ...fields }: ApiErrorFields) {
    super(message, cause === undefined ? {} : { cause });
    this.status = fields.status;
    this.code = fields.code;
    this.details = fields.details ?? [];
    this.requestId = fields.requestId ?? null;
    this.retryAfterSeconds = fields.retryAfterSeconds ?? null;
  }
}

/** No response came. */
export class NetworkError extends ApiError {
  override readonly name = 'NetworkError';

  constructor(cause?: unknown) {
    super({ status: 0, code: 'network', message: 'The server could not be reached.', cause });
  }
}

/** Some fields are not valid: `details` names them. */
export class ValidationError extends ApiError {
  override readonly name = 'ValidationError';
}

/** The session, or the access token, is over or missing. A wrong password is a 401 too, but not this. */
export class SessionEndedError extends ApiError {
  override readonly name = 'SessionEndedError';
}

const SESSION_END_CODES = new Set(['not_signed_in', 'invalid_token', 'token_expired']);

/** The error that an unsuccessful response stands for. */
export async function errorFrom(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const failure = isRecord(body) ? body : {};
  const fields: ApiErrorFields = {
    status: response.status,
    code: typeof failure.code === 'string' ? failure.code : 'bad_answer',
    message: typeof failure.error === 'string' ? failure.error : response.statusText,
    details: Array.isArray(failure.details) ? failure.details.filter(isDetail) : [],
    requestId: typeof failure.requestId === 'string' ? failure.requestId : response.headers.get('X-Request-Id'),
    retryAfterSeconds: secondsIn(response.headers.get('Retry-After')),
  };
  if (fields.status === 401 && SESSION_END_CODES.has(fields.code)) return new SessionEndedError(fields);
  if (fields.code === 'validation_failed') return new ValidationError(fields);
  return new ApiError(fields);
}

function secondsIn(header: string | null): number | null {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isDetail(value: unknown): value is ErrorDetail {
  return isRecord(value) && typeof value.path === 'string' && typeof value.message === 'string';
}
