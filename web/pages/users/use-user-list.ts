import { computed, onBeforeUnmount, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue';
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router';
import { ApiError } from '../../api/client';
import type { UserList } from '../../api/types';
import { listUsers, type UserListQuery } from '../../api/users';

export const DEFAULT_SORT = '-createdAt';
const PAGE_SIZE = 20;

export interface UserListState {
  query: ComputedRef<UserListQuery>;
  list: Ref<UserList | null>;
  problem: Ref<ApiError | null>;
  pending: Ref<boolean>;
  reload: () => Promise<void>;
  /** Changes the query; `replace` adds no history entry, as for every letter of a search. */
  show: (change: Partial<UserListQuery>, how?: 'push' | 'replace') => Promise<void>;
}

/** The list of users that the address bar asks for: reloading, sharing and going back all find the same list again. */
export function useUserList(): UserListState {
  const route = useRoute();
  const router = useRouter();
  const list = shallowRef<UserList | null>(null);
  const problem = shallowRef<ApiError | null>(null);
  const pending = ref(false);
  let running: AbortController | undefined;

  const query = computed<UserListQuery>(() => ({
    search: text(route.query.search),
    page: Math.max(1, Math.trunc(Number(text(route.query.page))) || 1),
    limit: PAGE_SIZE,
    sort: text(route.query.sort) || DEFAULT_SORT,
  }));

  async function reload(): Promise<void> {
    running?.abort();
    const current = (running = new AbortController());
    pending.value = true;
    try {
      const answer = await listUsers(query.value, current.signal);
      problem.value = null;
      list.value = answer;
      // The last entry of the last page was deleted, or the link is old: show what is there.
      const { pages } = answer.pagination;
      if (answer.users.length === 0 && query.value.page > 1) await show({ page: Math.max(1, pages) }, 'replace');
    } catch (error) {
      if (current.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      problem.value = error;
    } finally {
      if (running === current) pending.value = false;
    }
  }

  async function show(change: Partial<UserListQuery>, how: 'push' | 'replace' = 'push'): Promise<void> {
    await router[how]({ query: toLocation({ ...query.value, page: 1, ...change }) });
  }

  watch(() => JSON.stringify(query.value), reload, { immediate: true });
  onBeforeUnmount(() => running?.abort());

  return { query, list, problem, pending, reload, show };
}

/** Defaults are left out: the plain address is the plain list. */
function toLocation({ search, page, sort }: UserListQuery): LocationQueryRaw {
  return {
    ...(search === '' ? {} : { search }),
    ...(page === 1 ? {} : { page }),
    ...(sort === DEFAULT_SORT ? {} : { sort }),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
