import { useQueries, useQueryClient } from '@tanstack/vue-query';
import { computed, ref } from 'vue';
import type { Comment, CommentPage } from '../../../api/posts';
import { keyOf } from '../../../api/queries';
import { COMMENTS_PER_PAGE } from '../../../page-choices';

export interface Thread {
  comment: Comment;
  replies: Comment[];
}

/** The discussion of a post, by pages that follow one another, each thread with its replies. */
export function useComments(postId: number) {
  const queries = useQueryClient();
  const wanted = ref(1);
  const keys = computed(() =>
    Array.from({ length: wanted.value }, (_, index) =>
      keyOf(`/api/posts/${postId}/comments`, { page: index + 1, limit: COMMENTS_PER_PAGE }),
    ),
  );
  const pages = useQueries({
    queries: computed(() => keys.value.map((queryKey) => ({ queryKey }))),
    combine: (results) =>
      results.map(({ data, error, refetch }) => ({
        data: data as CommentPage | undefined,
        error,
        refetch,
      })),
  });

  const comments = computed(() => {
    const byId = new Map<number, Comment>();
    for (const { data } of pages.value) for (const comment of data?.comments ?? []) byId.set(comment.id, comment);
    return [...byId.values()];
  });
  const threads = computed(() => {
    const found = new Map<number, Thread>();
    for (const comment of comments.value) {
      const thread = comment.parentId === null ? undefined : found.get(comment.parentId);
      if (thread) thread.replies.push(comment);
      else found.set(comment.id, { comment, replies: [] });
    }
    return [...found.values()];
  });

  const pagination = computed(() => pages.value.findLast(({ data }) => data)?.data?.pagination);
  const failed = computed(() => pages.value.find(({ error, data }) => error && !data));

  function changePage(index: number, change: (comments: Comment[]) => Comment[]): void {
    const key = keys.value[index];
    if (!key) return;
    void queries.cancelQueries({ queryKey: key });
    queries.setQueryData<CommentPage>(key, (page) => page && { ...page, comments: change(page.comments) });
  }

  return {
    threads,
    isLoading: computed(() => pages.value.some(({ data, error }) => !data && !error)),
    problem: computed(() => failed.value?.error ?? null),
    hasMore: computed(() => (pagination.value?.pages ?? 0) > wanted.value),
    showMore: () => {
      wanted.value += 1;
    },
    retry: () => failed.value?.refetch(),

    /** A new one: at the end, or behind the replies of its thread. */
    add(comment: Comment): void {
      const { parentId } = comment;
      const holding = pages.value.findLastIndex(({ data }) =>
        data?.comments.some(({ id, parentId: parent }) => id === parentId || (parent !== null && parent === parentId)),
      );
      changePage(parentId === null || holding < 0 ? keys.value.length - 1 : holding, (page) => [...page, comment]);
    },
    replace(comment: Comment): void {
      for (const index of keys.value.keys())
        changePage(index, (page) => page.map((one) => (one.id === comment.id ? comment : one)));
    },
    /** With the replies to it. */
    remove({ id }: Comment): void {
      for (const index of keys.value.keys())
        changePage(index, (page) => page.filter((one) => one.id !== id && one.parentId !== id));
    },
  };
}
