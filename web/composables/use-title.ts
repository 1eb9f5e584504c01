import { onBeforeUnmount, watchEffect } from 'vue';
import { useShell } from '../stores/shell';

/** Names the tab after what lies on top of the page, for as long as the component lives. */
export function useTitle(title: () => string | null): void {
  const shell = useShell();
  watchEffect(() => {
    shell.title = title();
  });
  onBeforeUnmount(() => {
    shell.title = null;
  });
}
