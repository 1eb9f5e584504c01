import { onWatcherCleanup, readonly, ref, watch, type Ref } from 'vue';

/** Shorter waits go unnoticed; an indicator that flashes briefly is worse than none. */
const NOTICEABLE_MS = 100;

/** True once `source` has been true for as long as a person notices; false at once with it. */
export function useDelayed(source: () => boolean): Readonly<Ref<boolean>> {
  const delayed = ref(false);
  watch(
    source,
    (waiting) => {
      delayed.value = false;
      if (!waiting) return;
      const timer = setTimeout(() => {
        delayed.value = true;
      }, NOTICEABLE_MS);
      onWatcherCleanup(() => clearTimeout(timer));
    },
    { immediate: true },
  );
  return readonly(delayed);
}
