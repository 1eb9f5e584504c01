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

/** The server shows what its answers hold, and leaves what they lack to the browser. */
const askNothing = () => new Promise<never>(() => {});

/**
 * Caches answers of the API by their address: `useQuery({ queryKey: keyOf('/api/posts/7') })` needs no function, and what
 * the server has put into the page is found under the same key. It counts as current from now on: a page is never stored
 * by a browser, and the server serves no stale ones.
 */
export function createQueryClient(answers: readonly PageAnswer[]): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        queryFn: import.meta.env.SSR
          ? askNothing
          : ({ queryKey: [path], pageParam, signal }) => request('GET', addressOf(String(path), pageParam), { signal }),
        staleTime: FRESH_MS,
        retry: (failures, error) => failures < MAX_RETRIES && isTransient(error),
      },
    },
  });
  for (const { path, answer, after } of answers) {
    if (after === undefined) client.setQueryData([path], answer);
    else client.setQueryData(listKeyOf(path, after), { pages: [answer], pageParams: [after] });
  }
  return client;
}

/** The key of an answer: its address. */
export function keyOf(path: string, query?: Query): QueryKey {
  return [withQuery(path, query)];
}

/** The key of a list that goes on by cursors, from the part that begins with `after`: empty for the first. */
export function listKeyOf(address: string, after: string): QueryKey {
  return [address, 'list', after];
}

/** @param after the cursor of a part of a list */
function addressOf(path: string, after: unknown): string {
  if (typeof after !== 'string') return path;
  return `${path}${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(after)}`;
}

/** Whether trying again may help. */
function isTransient(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 502 || error.status === 503);
}
