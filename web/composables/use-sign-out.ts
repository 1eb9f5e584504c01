import { useRouter } from 'vue-router';
import { ApiError } from '../api/client';
import { useSession } from '../stores/session';
import { useToasts } from '../stores/toasts';
import { useUnsaved } from '../stores/unsaved';
import { hasStoredTexts, removeStoredTexts } from '../stored-texts';
import { useProblemText } from './use-problem-text';

/** Asks about unsaved changes, signs out and goes to the home page. A failure is shown, since the session is still valid. */
export function useSignOut(): () => Promise<void> {
  const router = useRouter();
  const session = useSession();
  const toasts = useToasts();
  const problemText = useProblemText();
  const unsaved = useUnsaved();
  return async () => {
    const owner = session.user?.id ?? 0;
    if (!(await unsaved.mayDiscard(() => unsaved.hasUnsaved() || hasStoredTexts(owner)))) return;
    try {
      await session.signOut();
      await router.push('/');
      removeStoredTexts(owner);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toasts.show(problemText(error), error);
    }
  };
}
