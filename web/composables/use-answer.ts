import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { ApiError, Query } from '../api/client';
import { keyOf } from '../api/queries';
import { useDelayed } from './use-delayed';

export interface LoadedAnswer<Answer> {
  /** While the next one comes, the previous one. */
  answer: Ref<Answer | undefined>;
  problem: Ref<ApiError | null>;
  /** Whether it has taken long enough to be noticed. */
  waiting: Readonly<Ref<boolean>>;
  reload: () => Promise<void>;
}

/** What the API answers at an address that may change, asked again when it is opened again. */
export function useAnswer<Answer>(path: string, query: () => Query = () => ({})): LoadedAnswer<Answer> {
  const queryClient = useQueryClient();
  const { data, error, isFetching } = useQuery<Answer>({
    queryKey: computed(() => keyOf(path, query())),
    placeholderData: keepPreviousData,
    staleTime: 0,
    networkMode: 'always', // offline it fails and says so, instead of waiting
  });
  return {
    answer: data,
    problem: error,
    waiting: useDelayed(() => isFetching.value),
    reload: () => queryClient.invalidateQueries({ predicate: ({ queryKey }) => isOf(queryKey[0], path) }),
  };
}

/** Whether an address is one of this path, whatever its query. */
function isOf(address: unknown, path: string): boolean {
  return typeof address === 'string' && address.split('?', 1)[0] === path;
}
