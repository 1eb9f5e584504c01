import { createClient, withQuery } from '../client/client';
import { ApiError, errorFrom, NetworkError, SessionEndedError } from '../client/errors';
import type { Endpoint, Method, RequestSettings } from '../client/types';

export { ApiError, errorFrom, NetworkError, SessionEndedError, withQuery };

/** Of an address. What is undefined or empty is left out. */
export type Query = Record<string, string | number | boolean | undefined>;

export interface RequestOptions extends RequestSettings {
  body?: object;
  query?: Query;
}

/** The client of this origin. What has to be tried again is tried by the queries, where a person can see it. */
const client = createClient<Record<`${Method} ${string}`, Endpoint>>({
  // The chosen language lives in one place, the document itself, so that client and page can never disagree.
  language: () => document.documentElement.lang,
  retries: 0,
});

type SessionEndListener = () => void;
const sessionEndListeners = new Set<SessionEndListener>();

/** Calls `listener` whenever an answer of this API says that the session is over. The client imports no store; stores import the client. */
export function onSessionEnd(listener: SessionEndListener): void {
  sessionEndListeners.add(listener);
}

/** Notifies the listeners if `error` says that the session is over. */
export function noteSessionEnd(error: unknown): void {
  if (error instanceof SessionEndedError) for (const listener of sessionEndListeners) listener();
}

/**
 * Calls the API of this origin and resolves with the parsed answer (`null` for 204).
 * The answer is trusted to be `Answer`: both sides are built from one commit, and checking again would cost every visitor.
 *
 * @throws {ApiError} for every status outside 200–299 and for every failure of the network
 * @throws {DOMException} named AbortError when `signal` aborts
 */
export async function request<Answer>(method: Method, path: string, options: RequestOptions = {}): Promise<Answer> {
  try {
    return (await client.request(`${method} ${path}`, options)) as Answer;
  } catch (error) {
    // Responses below /gw/ come from upstreams: their 401 does not concern our session.
    if (path.startsWith('/api/')) noteSessionEnd(error);
    throw error;
  }
}
