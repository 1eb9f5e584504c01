import { ApiError, errorFrom, NetworkError, SessionEndedError } from './errors.js';
import type { Client, ClientOptions, Endpoint, EndpointMap, RequestSettings, SendRequest } from './types.js';

type Parts = Omit<Endpoint, 'answer'> & RequestSettings;

/** Calls the API of one server; without a framework, in browsers and in Node.js. */
export function createClient<Map extends EndpointMap<Map>>(options: ClientOptions<Map> = {}): Client<Map> {
  const { baseUrl = '', token, language, onSessionEnd, retries = 2, maxRetryAfterSeconds = 30 } = options;
  /** The call of the hook for all requests that fail while it runs. */
  let renewal: Promise<boolean> | undefined;

  return { request: (endpoint, ...[parts]) => sendRenewing(endpoint, parts ?? {}) };

  async function sendRenewing(endpoint: string, parts: Parts): Promise<unknown> {
    try {
      return await sendRetrying(endpoint, parts);
    } catch (error) {
      if (!(error instanceof SessionEndedError) || !onSessionEnd || !(await renew(error))) throw error;
      return sendRetrying(endpoint, parts);
    }
  }

  function renew(end: SessionEndedError): Promise<boolean> {
    renewal ??= callHook(end).finally(() => {
      renewal = undefined;
    });
    return renewal;
  }

  async function callHook(error: SessionEndedError): Promise<boolean> {
    const request: SendRequest<Map> = (endpoint, ...[parts]) => sendRetrying(endpoint, parts ?? {});
    return (await onSessionEnd?.({ error, request })) === true;
  }

  async function sendRetrying(endpoint: string, parts: Parts, left = retries): Promise<unknown> {
    try {
      return await send(endpoint, parts);
    } catch (error) {
      const seconds = endpoint.startsWith('GET ') && left > 0 ? secondsToWait(error) : null;
      if (seconds === null || seconds > maxRetryAfterSeconds) throw error;
      await wait(seconds * 1000, parts.signal);
      return sendRetrying(endpoint, parts, left - 1);
    }
  }

  async function send(endpoint: string, { params, query, body, headers, signal }: Parts): Promise<unknown> {
    const [method = '', path = ''] = endpoint.split(' ', 2);
    const bearer = token?.();
    const isForm = body instanceof FormData;
    let response: Response;
    try {
      response = await (options.fetch ?? fetch)(baseUrl + withQuery(withParams(path, params), query), {
        method,
        headers: {
          Accept: 'application/json',
          ...(language && { 'Accept-Language': language() }),
          ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
          ...(method !== 'GET' && { 'X-CSRF': '1' }),
          ...(body && !isForm && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        credentials: 'same-origin',
        ...(body && { body: isForm ? body : JSON.stringify(body) }),
        ...(signal && { signal }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new NetworkError(cause);
    }
    if (!response.ok) throw await errorFrom(response);
    try {
      return JSON.parse((await response.text()) || 'null');
    } catch (cause) {
      signal?.throwIfAborted();
      throw new ApiError({
        status: response.status,
        code: 'bad_answer',
        message: response.statusText,
        requestId: response.headers.get('X-Request-Id'),
        cause,
      });
    }
  }
}

/** Only a server that says when to come back is asked again. */
function secondsToWait(error: unknown): number | null {
  return error instanceof ApiError && (error.status === 429 || error.status === 503) ? error.retryAfterSeconds : null;
}

function withParams(path: string, params: object = {}): string {
  return Object.entries(params).reduce(
    (filled, [name, value]) => filled.replace(`{${name}}`, () => encodeURIComponent(String(value))),
    path,
  );
}

/** The address with its query string. What is undefined or empty is left out. */
export function withQuery(path: string, query: object = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

/** @throws the reason of `signal` when it aborts */
function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
