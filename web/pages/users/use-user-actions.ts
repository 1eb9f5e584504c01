import { endSessions } from '../../api/admin';
import type { User } from '../../api/types';
import { updateUser } from '../../api/users';
import { useAttempt } from '../../composables/use-attempt';
import { useText } from '../../i18n';
import { useConfirmation } from '../../stores/confirmation';
import { useToasts } from '../../stores/toasts';

interface UserActions {
  toggleActive: (user: User) => Promise<void>;
  endSessionsOf: (user: User) => Promise<void>;
  removed: (user: User) => Promise<void>;
}

/** What can be done to a user from the list; `changed` is called after each success. */
export function useUserActions(changed: () => Promise<void>): UserActions {
  const { t } = useText();
  const toasts = useToasts();
  const confirmation = useConfirmation();
  const attempt = useAttempt();

  async function toggleActive({ id, username, isActive }: User): Promise<void> {
    if (!(await attempt(() => updateUser(id, { isActive: !isActive })))) return;
    toasts.show(t(isActive ? 'users.deactivated' : 'users.activated', { username }));
    await changed();
  }

  async function endSessionsOf({ id, username }: User): Promise<void> {
    const ended = await confirmation.ask({
      title: t('users.endTitle', { username }),
      text: t('users.endText'),
      confirm: t('users.endConfirm'),
      cancel: t('app.cancel'),
      run: async () => void (await endSessions(id)),
    });
    if (ended) toasts.show(t('users.ended', { username }));
  }

  /** After the user has been deleted. */
  async function removed({ username }: User): Promise<void> {
    toasts.show(t('users.deletedDone', { username }));
    await changed();
  }

  return { toggleActive, endSessionsOf, removed };
}
