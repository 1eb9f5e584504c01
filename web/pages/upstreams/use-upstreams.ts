import { onBeforeUnmount, onMounted, shallowRef, type ShallowRef } from 'vue';
import { ApiError } from '../../api/client';
import type { Upstream } from '../../api/types';
import { listUpstreams } from '../../api/upstreams';

const EVERY_MS = 2_000;

/** The services behind the gateway, fetched every two seconds while the page is visible. */
export function useUpstreams(): {
  upstreams: ShallowRef<readonly Upstream[] | null>;
  problem: ShallowRef<ApiError | null>;
  reload: () => Promise<void>;
} {
  const upstreams = shallowRef<readonly Upstream[] | null>(null);
  const problem = shallowRef<ApiError | null>(null);
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function reload(): Promise<void> {
    running?.abort();
    clearTimeout(timer);
    const current = (running = new AbortController());
    try {
      upstreams.value = (await listUpstreams(current.signal)).upstreams;
      problem.value = null;
    } catch (error) {
      if (current.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      problem.value = error;
    }
    // A problem stays on the screen until it is retried; otherwise the list refreshes by itself.
    if (problem.value === null && !document.hidden) timer = setTimeout(() => void reload(), EVERY_MS);
  }

  function onVisibilityChange(): void {
    if (document.hidden) clearTimeout(timer);
    else void reload();
  }

  onMounted(() => {
    document.addEventListener('visibilitychange', onVisibilityChange);
    void reload();
  });
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', onVisibilityChange);
    clearTimeout(timer);
    running?.abort();
  });

  return { upstreams, problem, reload };
}
