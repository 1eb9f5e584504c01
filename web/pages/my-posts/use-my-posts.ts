import { keepPreviousData, useQueries, useQuery } from '@tanstack/vue-query';
import { computed } from 'vue';
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router';
import type { Query } from '../../api/client';
import type { PostPage } from '../../api/posts';
import { keyOf } from '../../api/queries';
import type { PostStatus } from '../../api/writing';

export const STATES = ['draft', 'scheduled', 'published', 'archived'] as const satisfies PostStatus[];
export const SORTS = ['-createdAt', 'createdAt', 'title', '-viewCount', '-likeCount'] as const;
export type PostSort = (typeof SORTS)[number];

const PAGE_SIZE = 20;

export interface MyPostsQuery {
  status: PostStatus;
  search: string;
  sort: PostSort;
  page: number;
}

/** My posts as the address asks for them: reloading, sharing and going back find the same list again. */
export function useMyPosts(author: number) {
  const route = useRoute();
  const router = useRouter();

  const query = computed<MyPostsQuery>(() => ({
    status: STATES.find((state) => state === route.query.status) ?? 'draft',
    search: typeof route.query.search === 'string' ? route.query.search.slice(0, 100) : '',
    sort: SORTS.find((sort) => sort === route.query.sort) ?? '-createdAt',
    page: Math.max(1, Math.trunc(Number(route.query.page)) || 1),
  }));
  const address = (of: Query) => keyOf('/api/posts', { author, ...of });

  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery<PostPage>({
    queryKey: computed(() => address({ ...query.value, limit: PAGE_SIZE })),
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
  const counts = useQueries({
    queries: STATES.map((status) => ({ queryKey: address({ status, limit: 1 }), staleTime: 0 })),
    combine: (results) =>
      Object.fromEntries(
        STATES.map((status, index) => [status, (results[index]?.data as PostPage | undefined)?.pagination.total]),
      ) as Record<PostStatus, number | undefined>,
  });

  async function show(change: Partial<MyPostsQuery>, how: 'push' | 'replace' = 'push'): Promise<void> {
    await router[how]({ query: toLocation({ ...query.value, page: 1, ...change }) });
  }

  return { query, data, error, isFetching, isPlaceholderData, refetch, counts, show };
}

/** Defaults are left out: the plain address is the plain list. */
function toLocation({ status, search, sort, page }: MyPostsQuery): LocationQueryRaw {
  return {
    ...(status === 'draft' ? {} : { status }),
    ...(search === '' ? {} : { search }),
    ...(sort === '-createdAt' ? {} : { sort }),
    ...(page === 1 ? {} : { page }),
  };
}
