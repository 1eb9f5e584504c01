import { QueryClient, type QueryKey } from '@tanstack/vue-query';
import type { PageAnswer } from '../../routes/pages/page-state';
import { ApiError, request, withQuery, type Query } from './client';

declare module '@tanstack/vue-query' {
  interface Register {
    defaultError: ApiError;
  }
}

/** How long an answer counts as current: navigating back and forth asks for nothing. */
const FRESH_MS = 30_000;
const MAX_RETRIES = 2;

/**
 * Caches answers of the API by their address: `useQuery({ queryKey: keyOf('/api/posts/7') })` needs no function, and what
 * the server has put into the page is found under the same key.
 */
export function createQueryClient(answers: readonly PageAnswer[], now: string): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        queryFn: ({ queryKey: [path], signal }) => request('GET', String(path), { signal }),
        staleTime: FRESH_MS,
        retry: (failures, error) => failures < MAX_RETRIES && isTransient(error),
      },
    },
  });
  // As old as the page: one that a browser restores after an hour asks again.
  const updatedAt = Date.parse(now);
  for (const { path, answer, after } of answers) {
    const isList = after !== undefined;
    const data = isList ? { pages: [answer], pageParams: [after] } : answer;
    client.setQueryData(isList ? listKeyOf(path) : [path], data, { updatedAt });
  }
  return client;
}

/** The key of an answer: its address. */
export function keyOf(path: string, query?: Query): QueryKey {
  return [withQuery(path, query)];
}

/** The key of a list that goes on by cursors, which are no part of it. */
export function listKeyOf(path: string, query?: Query): QueryKey {
  return [withQuery(path, query), 'list'];
}

/** Whether trying again may help. */
function isTransient(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 502 || error.status === 503);
}
