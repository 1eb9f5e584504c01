import { ApiError } from '../../api/client';
import type { User } from '../../api/types';
import { deleteUser, updateUser } from '../../api/users';
import { useProblemText } from '../../composables/use-problem-text';
import { useText } from '../../i18n';
import { useConfirmation } from '../../stores/confirmation';
import { useToasts } from '../../stores/toasts';

/** What can be done to a user from the list; `changed` is called after each success. */
export function useUserActions(changed: () => Promise<void>): {
  toggleActive: (user: User) => Promise<void>;
  remove: (user: User) => Promise<void>;
} {
  const { t } = useText();
  const toasts = useToasts();
  const confirmation = useConfirmation();
  const problemText = useProblemText();

  async function toggleActive({ id, username, isActive }: User): Promise<void> {
    try {
      await updateUser(id, { isActive: !isActive });
      toasts.show(t(isActive ? 'users.deactivated' : 'users.activated', { username }));
      await changed();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toasts.show(problemText(error), error);
    }
  }

  async function remove({ id, username, name, email }: User): Promise<void> {
    const deleted = await confirmation.ask({
      title: t('users.deleteTitle', { username }),
      text: t('users.deleteText', { name: name || username, email }),
      confirm: t('users.delete'),
      cancel: t('app.cancel'),
      async run() {
        await deleteUser(id);
      },
    });
    if (!deleted) return;
    toasts.show(t('users.deletedDone', { username }));
    await changed();
  }

  return { toggleActive, remove };
}
