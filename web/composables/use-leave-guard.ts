import { onBeforeUnmount, onMounted } from 'vue';
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router';
import { useSession } from '../stores/session';
import { useUnsaved } from '../stores/unsaved';

/** Asks before unsaved changes are lost: by a link, by the back button, by closing the tab or by signing out. */
export function useLeaveGuard(dirty: () => boolean): void {
  const session = useSession();
  const unsaved = useUnsaved();

  function mayLeave(): boolean | Promise<boolean> {
    // Without a session nothing can be saved; the form stores a draft instead.
    return !session.isSignedIn || unsaved.mayDiscard(dirty);
  }

  function beforeUnload(event: BeforeUnloadEvent): void {
    if (dirty()) event.preventDefault();
  }

  onBeforeRouteLeave(mayLeave);
  onBeforeRouteUpdate((to, from) => to.path === from.path || mayLeave());
  onMounted(() => addEventListener('beforeunload', beforeUnload));
  onBeforeUnmount(() => removeEventListener('beforeunload', beforeUnload));
  onBeforeUnmount(unsaved.watchForm(dirty));
}
