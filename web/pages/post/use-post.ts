import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type ComputedRef } from 'vue';
import { postAddress, type Post, type PostAnswer } from '../../api/posts';
import { keyOf } from '../../api/queries';

/** A post by its slug, and how what happens to it here is shown at once. */
export function usePost(slug: () => string) {
  const queries = useQueryClient();
  const key = computed(() => keyOf(postAddress(slug())));
  const { data, error, refetch } = useQuery<PostAnswer>({ queryKey: key });
  const post: ComputedRef<Post | undefined> = computed(() => data.value?.post);
  /** It has been deleted, or taken back, while it was read. */
  const isGone = computed(() => post.value !== undefined && error.value?.status === 404);

  function change(changes: Partial<Post>): void {
    void queries.cancelQueries({ queryKey: key.value }); // its answer would be older
    queries.setQueryData<PostAnswer>(key.value, (answer) => answer && { post: { ...answer.post, ...changes } });
    // Lists have other numbers now; they ask when they are shown.
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === 'list', refetchType: 'none' });
  }

  return { post, error, isGone, change, refetch };
}
