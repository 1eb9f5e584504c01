import type { SessionEndedError } from './errors.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What one route takes and answers. */
export interface Endpoint {
  /** By the names in braces of its path. */
  params?: object | undefined;
  query?: object | undefined;
  /** An object is sent as JSON. */
  body?: object | undefined;
  answer: unknown;
}

/** Endpoints by method and path, as `GET /api/posts/{id}`. */
export type EndpointMap<Map> = Record<keyof Map, Endpoint>;

export interface RequestSettings {
  headers?: Record<string, string> | undefined;
  signal?: AbortSignal | undefined;
}

type RequestOptions<Of extends Endpoint> = Omit<Of, 'answer'> & RequestSettings;

/** Options may be left out where none is required. */
type Arguments<Options> = object extends Options ? [options?: Options] : [options: Options];

/**
 * Sends a request and resolves with the parsed answer, `null` for 204.
 *
 * @throws {ApiError} for every status outside 200–299 and for every failure of the network
 * @throws the reason of `signal` when it aborts
 */
export type SendRequest<Map extends EndpointMap<Map>> = <Name extends keyof Map & string>(
  endpoint: Name,
  ...options: Arguments<RequestOptions<Map[Name]>>
) => Promise<Map[Name]['answer']>;

export interface ClientOptions<Map extends EndpointMap<Map>> {
  /** The origin of the server. Default: that of the page. */
  baseUrl?: string | undefined;
  /** The access token of a program, asked for before each request. Browsers have their cookie. */
  token?: (() => string | undefined) | undefined;
  /** The language of messages, as `en` or `zh-CN`, asked for before each request. */
  language?: (() => string) | undefined;
  /**
   * Called when a response says that the session or the access token is over, once for requests that fail together.
   * Resolve with true after signing in again: these requests are then sent once more. Requests within the hook are
   * sent by the `request` it receives, whose failures do not call the hook.
   */
  onSessionEnd?: (end: {
    error: SessionEndedError;
    request: SendRequest<Map>;
  }) => boolean | undefined | Promise<boolean | undefined>;
  /** How often a safe request is sent again after 429 or 503 with `Retry-After`. Default: 2. */
  retries?: number | undefined;
  /** The longest `Retry-After` that is waited for. Default: 30. */
  maxRetryAfterSeconds?: number | undefined;
  /** Default: the platform's. */
  fetch?: typeof fetch | undefined;
}

export interface Client<Map extends EndpointMap<Map>> {
  request: SendRequest<Map>;
}
