import { keepPreviousData, useQuery } from '@tanstack/vue-query';
import { computed } from 'vue';
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router';
import type { PostPage } from '../../api/posts';
import { keyOf } from '../../api/queries';
import { POSTS_PER_PART, SEARCH_ORDERS, SEARCHED_PAGES, type SearchOrder } from '../../page-choices';

export interface SearchChoice {
  q: string;
  /** Empty: any. */
  category: string;
  sort: SearchOrder;
  page: number;
}

/** What the address asks for, and what is found by it. What is no longer asked for is aborted. */
export function useSearch() {
  const route = useRoute();
  const router = useRouter();

  const choice = computed<SearchChoice>(() => {
    const text = (name: string) => {
      const value = route.query[name];
      return typeof value === 'string' ? value : '';
    };
    const page = Number(text('page') || 1);
    return {
      q: text('q').trim().slice(0, 100),
      category: text('category'),
      sort: SEARCH_ORDERS.find((order) => order === text('sort')) ?? SEARCH_ORDERS[0],
      page: Number.isInteger(page) && page >= 1 && page <= SEARCHED_PAGES ? page : 1,
    };
  });

  const results = useQuery<PostPage>({
    queryKey: computed(() => {
      const { q, category, sort, page } = choice.value;
      const order = sort === SEARCH_ORDERS[0] ? undefined : sort;
      return keyOf('/api/posts', { search: q, category, sort: order, page, limit: POSTS_PER_PART });
    }),
    enabled: computed(() => choice.value.q !== ''),
    placeholderData: keepPreviousData,
  });

  /** The address with a changed choice; from its first page unless that is what changes. */
  function addressOf(change: Partial<SearchChoice>): { name: string; query: LocationQueryRaw } {
    const { q, category, sort, page } = { ...choice.value, page: 1, ...change };
    return {
      name: 'search',
      query: {
        ...(q && { q }),
        ...(category && { category }),
        ...(sort !== SEARCH_ORDERS[0] && { sort }),
        ...(page > 1 && { page }),
      },
    };
  }

  return {
    choice,
    results,
    addressOf,
    /** Typing makes no history; a chosen filter does. */
    show: (change: Partial<SearchChoice>) =>
      'q' in change ? router.replace(addressOf(change)) : router.push(addressOf(change)),
  };
}
