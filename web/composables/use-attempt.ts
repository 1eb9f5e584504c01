import { ApiError } from '../api/client';
import { useToasts } from '../stores/toasts';
import { useProblemText } from './use-problem-text';

/** Runs an action that has no form of its own and shows a failure in a toast. Resolves to whether it succeeded. */
export function useAttempt(): (work: () => Promise<unknown>) => Promise<boolean> {
  const toasts = useToasts();
  const problemText = useProblemText();
  return async (work) => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toasts.show(problemText(error), error);
      return false;
    }
  };
}
