import { useQuery } from '@tanstack/vue-query';
import { computed, type ComputedRef } from 'vue';
import type { CategoryList } from '../api/posts';
import { keyOf } from '../api/queries';
import { useText } from '../i18n';

/** The categories with their names in the chosen language. They hardly ever change. */
export function useCategories(): {
  categories: ComputedRef<{ slug: string; name: string; postCount: number }[]>;
  nameOf: (slug: string) => string;
} {
  const { locale } = useText();
  const { data } = useQuery<CategoryList>({ queryKey: keyOf('/api/categories'), staleTime: 600_000 });
  const categories = computed(
    () =>
      data.value?.categories.map(({ slug, names, postCount }) => ({ slug, name: names[locale.value], postCount })) ??
      [],
  );
  return { categories, nameOf: (slug) => categories.value.find((one) => one.slug === slug)?.name ?? slug };
}
