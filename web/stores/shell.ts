import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { ApiError } from '../api/client';

const RELOADED_KEY = 'allium.reloaded';

/** The frame around the pages: whether the first one has been drawn, and why not. */
export const useShell = defineStore('shell', () => {
  const ready = ref(false);
  const failure = shallowRef<ApiError | null>(null);

  function arrived(): void {
    ready.value = true;
    failure.value = null;
  }

  function fail(error: unknown): void {
    failure.value = error instanceof ApiError ? error : new ApiError(0, 'network', String(error));
  }

  /**
   * A page's code could not be fetched: most likely a newer build has replaced it, and the shell has the new names.
   * So load the shell again, once per minute at most; if that did not help, it is the network.
   */
  function failToLoad(error: unknown, path: string): void {
    const last = Number(sessionStorage.getItem(RELOADED_KEY) ?? 0);
    if (navigator.onLine && Date.now() - last > 60_000) {
      sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
      location.assign(path);
      return;
    }
    fail(error);
  }

  return { ready, failure, arrived, fail, failToLoad };
});
