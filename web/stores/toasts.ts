import { defineStore } from 'pinia';
import { ref } from 'vue';
import type { ApiError } from '../api/client';

export interface Toast {
  id: number;
  text: string;
  /** Set when the toast reports a failure: it then stays until dismissed and shows the request id. */
  problem: ApiError | null;
}

/** Short messages that come after the fact. Their order is the order they are read aloud in. */
export const useToasts = defineStore('toasts', () => {
  const toasts = ref<Toast[]>([]);
  let lastId = 0;

  function show(text: string, problem: ApiError | null = null): void {
    lastId += 1;
    // At most three toasts are shown; older ones are removed.
    toasts.value = [...toasts.value.slice(-2), { id: lastId, text, problem }];
  }

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  }

  return { toasts, show, dismiss };
});
