import { onBeforeUnmount, onMounted } from 'vue';
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router';
import { useText } from '../i18n';
import { useConfirmation } from '../stores/confirmation';
import { useSession } from '../stores/session';

/** Asks before unsaved changes are left behind, by a link, by the back button or by closing the tab. */
export function useLeaveGuard(dirty: () => boolean): void {
  const { t } = useText();
  const confirmation = useConfirmation();
  const session = useSession();

  function mayLeave(): boolean | Promise<boolean> {
    // Nobody can save after the session ended; the form keeps a draft instead.
    if (!dirty() || !session.isSignedIn) return true;
    return confirmation.ask({
      title: t('leave.title'),
      text: t('leave.text'),
      confirm: t('leave.leave'),
      cancel: t('leave.stay'),
    });
  }

  function beforeUnload(event: BeforeUnloadEvent): void {
    if (dirty()) event.preventDefault();
  }

  onBeforeRouteLeave(mayLeave);
  onBeforeRouteUpdate((to, from) => to.path === from.path || mayLeave());
  onMounted(() => addEventListener('beforeunload', beforeUnload));
  onBeforeUnmount(() => removeEventListener('beforeunload', beforeUnload));
}
