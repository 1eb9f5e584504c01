import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { ApiError, NetworkError } from '../api/client';
import { readStored, store } from '../storage';

const RELOADED_KEY = 'allium.reloaded';

/** The frame around the pages: whether the first one has been drawn, and why not. */
export const useShell = defineStore('shell', () => {
  const ready = ref(false);
  const failure = shallowRef<ApiError | null>(null);
  /** The server has answered that there is nothing at the address that was opened. */
  const notFound = ref(false);
  /** Notices on the screen that say that the server cannot be reached: the banner need not repeat them. */
  const networkNotices = ref(0);
  /** The title of what is shown on top of the page, when it has one of its own. */
  const title = ref<string | null>(null);

  function arrived(): void {
    ready.value = true;
    failure.value = null;
  }

  function fail(error: unknown): void {
    failure.value = error instanceof ApiError ? error : new NetworkError(error);
  }

  /**
   * A page's code could not be fetched: most likely a newer build has replaced it, and the shell has the new names.
   * The shell is then loaded again, once per minute at most; if that did not help, it is the network. Without storage
   * for that time it is not loaded again: that could loop forever.
   */
  function failToLoad(error: unknown, path: string): void {
    const last = Number(readStored('sessionStorage', RELOADED_KEY) ?? 0);
    const due = navigator.onLine && Date.now() - last > 60_000;
    if (due && store('sessionStorage', RELOADED_KEY, String(Date.now()))) location.assign(path);
    else fail(error);
  }

  return { ready, failure, notFound, networkNotices, title, arrived, fail, failToLoad };
});
