import { useQuery } from '@tanstack/vue-query';
import { computed, shallowRef, watch, type ComputedRef, type Ref } from 'vue';
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router';
import type { ApiError } from '../../api/client';
import { keyOf } from '../../api/queries';
import type { UserList } from '../../api/types';
import type { UserListQuery } from '../../api/users';

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
  const query = computed<UserListQuery>(() => ({
    search: text(route.query.search),
    page: Math.max(1, Math.trunc(Number(text(route.query.page))) || 1),
    limit: PAGE_SIZE,
    sort: text(route.query.sort) || DEFAULT_SORT,
  }));

  // What the address asks for is shown at once if it has been seen before, and always asked for: others change it too.
  const queryKey = computed(() => keyOf('/api/users', { ...query.value }));
  const { data, error, isFetching, refetch } = useQuery<UserList>({ queryKey, staleTime: 0, networkMode: 'always' });
  /** The last list that came: it stays while another is on its way, and when that fails. */
  const list = shallowRef<UserList | null>(null);

  watch(
    data,
    async (answer) => {
      if (!answer) return;
      list.value = answer;
      // The last entry of the last page was deleted, or the link is old: show what is there.
      const { pages } = answer.pagination;
      if (answer.users.length === 0 && query.value.page > 1) await show({ page: Math.max(1, pages) }, 'replace');
    },
    { immediate: true },
  );

  async function reload(): Promise<void> {
    await refetch();
  }

  async function show(change: Partial<UserListQuery>, how: 'push' | 'replace' = 'push'): Promise<void> {
    await router[how]({ query: toLocation({ ...query.value, page: 1, ...change }) });
  }

  return { query, list, problem: error, pending: isFetching, reload, show };
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
