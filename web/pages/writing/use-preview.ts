import { onWatcherCleanup, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { ApiError } from '../../api/client';
import { MAX_CONTENT, previewContent } from '../../api/writing';

const PAUSE_MS = 350;
/** A long text is rendered less often: half a millisecond a hundred characters. */
const PAUSE_MS_PER_CHARACTER = 0.01;

/** The text as the server would show it, a moment after typing ends. */
export function usePreview(
  content: () => string,
  isShown: () => boolean,
): { html: Ref<string>; problem: ShallowRef<ApiError | null>; retry: () => void } {
  const html = ref('');
  const problem = shallowRef<ApiError | null>(null);
  const attempts = ref(0);
  let rendered: string | undefined;

  watch(
    [content, isShown, attempts],
    ([next, shown]) => {
      if (!shown || next === rendered) return;
      if (next.trim() === '' || next.length > MAX_CONTENT) {
        if (next.trim() === '') html.value = '';
        rendered = next;
        return;
      }
      const controller = new AbortController();
      const wait = rendered === undefined ? 0 : PAUSE_MS + next.length * PAUSE_MS_PER_CHARACTER;
      const timer = setTimeout(() => void render(next, controller.signal), wait);
      onWatcherCleanup(() => {
        clearTimeout(timer);
        controller.abort();
      });
    },
    { immediate: true },
  );

  async function render(next: string, signal: AbortSignal): Promise<void> {
    try {
      html.value = (await previewContent(next, signal)).html;
      rendered = next;
      problem.value = null;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      problem.value = error;
    }
  }

  return {
    html,
    problem,
    retry: () => {
      attempts.value += 1;
    },
  };
}
