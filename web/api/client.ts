import type { ProblemDetail } from './types';

/** Codes that mean that the session is over; a wrong password is a 401 too, but not one of these. */
const SESSION_OVER = new Set(['not_signed_in', 'invalid_token', 'token_expired']);

/** Every way a call can fail, in one shape. `status` is 0 when no answer came; `code` is stable, `message` is for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: readonly ProblemDetail[] = [],
    readonly requestId: string | null = null,
    readonly retryAfterSeconds: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get endsSession(): boolean {
    return this.status === 401 && SESSION_OVER.has(this.code);
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Of an address. What is undefined or empty is left out. */
export type Query = Record<string, string | number | boolean | undefined>;

export interface RequestOptions {
  body?: object;
  query?: Query;
  signal?: AbortSignal | undefined;
}

type SessionEndListener = () => void;
const sessionEndListeners = new Set<SessionEndListener>();

/** Calls `listener` whenever an answer of this API says that the session is over. The client imports no store; stores import the client. */
export function onSessionEnd(listener: SessionEndListener): void {
  sessionEndListeners.add(listener);
}

/**
 * Calls the API of this origin and resolves with the parsed answer (`null` for 204).
 * The answer is trusted to be `Answer`: both sides are built from one commit, and checking again would cost every visitor.
 *
 * @throws {ApiError} for every status outside 200–299 and for every failure of the network
 * @throws {DOMException} named AbortError when `signal` aborts
 */
export async function request<Answer>(method: Method, path: string, options: RequestOptions = {}): Promise<Answer> {
  const response = await send(method, path, options);
  if (!response.ok) {
    const error = await toApiError(response);
    // Responses below /gw/ come from upstreams: their 401 does not concern our session.
    if (error.endsSession && path.startsWith('/api/')) for (const listener of sessionEndListeners) listener();
    throw error;
  }
  try {
    return JSON.parse((await response.text()) || 'null');
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError(response.status, 'bad_answer', response.statusText, [], requestIdOf(response), null, { cause });
  }
}

async function send(method: Method, path: string, { body, query, signal }: RequestOptions): Promise<Response> {
  // The chosen language lives in one place, the document itself, so that client and page can never disagree.
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'Accept-Language': document.documentElement.lang,
  };
  if (method !== 'GET') headers['X-CSRF'] = '1';
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    return await fetch(withQuery(path, query), {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new ApiError(0, 'network', 'The server could not be reached.', [], null, null, { cause });
  }
}

/** The address with its query string. */
export function withQuery(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

async function toApiError(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const seconds = Number(response.headers.get('Retry-After'));
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : null;
  const answer = isRecord(body) ? body : {};
  return new ApiError(
    response.status,
    typeof answer.code === 'string' ? answer.code : 'bad_answer',
    typeof answer.error === 'string' ? answer.error : response.statusText,
    Array.isArray(answer.details) ? answer.details.filter(isDetail) : [],
    typeof answer.requestId === 'string' ? answer.requestId : requestIdOf(response),
    retryAfter,
  );
}

function requestIdOf(response: Response): string | null {
  return response.headers.get('X-Request-Id');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isDetail(value: unknown): value is ProblemDetail {
  return isRecord(value) && typeof value.path === 'string' && typeof value.message === 'string';
}
