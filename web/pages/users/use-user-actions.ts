import type { User } from '../../api/types';
import { updateUser } from '../../api/users';
import { useAttempt } from '../../composables/use-attempt';
import { useText } from '../../i18n';
import { useToasts } from '../../stores/toasts';

/** What can be done to a user from the list; `changed` is called after each success. */
export function useUserActions(changed: () => Promise<void>): {
  toggleActive: (user: User) => Promise<void>;
  removed: (user: User) => Promise<void>;
} {
  const { t } = useText();
  const toasts = useToasts();
  const attempt = useAttempt();

  async function toggleActive({ id, username, isActive }: User): Promise<void> {
    if (!(await attempt(() => updateUser(id, { isActive: !isActive })))) return;
    toasts.show(t(isActive ? 'users.deactivated' : 'users.activated', { username }));
    await changed();
  }

  /** After the user has been deleted. */
  async function removed({ username }: User): Promise<void> {
    toasts.show(t('users.deletedDone', { username }));
    await changed();
  }

  return { toggleActive, removed };
}
