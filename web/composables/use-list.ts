import { onBeforeUnmount, shallowRef, type ShallowRef } from 'vue';
import { ApiError } from '../api/client';

export interface LoadedList<Item> {
  /** Null until the first answer. */
  items: ShallowRef<Item[] | null>;
  problem: ShallowRef<ApiError | null>;
  reload: () => Promise<void>;
}

/** A short list that is fetched at once and again whenever something has changed it. */
export function useList<Item>(fetchItems: (signal: AbortSignal) => Promise<Item[]>): LoadedList<Item> {
  const items = shallowRef<Item[] | null>(null);
  const problem = shallowRef<ApiError | null>(null);
  let running: AbortController | undefined;

  async function reload(): Promise<void> {
    running?.abort();
    const { signal } = (running = new AbortController());
    try {
      items.value = await fetchItems(signal);
      problem.value = null;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      problem.value = error;
    }
  }

  onBeforeUnmount(() => running?.abort());
  void reload();
  return { items, problem, reload };
}
