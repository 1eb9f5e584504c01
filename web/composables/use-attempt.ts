import { ApiError } from '../api/client';
import { useToasts } from '../stores/toasts';
import { useProblemText } from './use-problem-text';

/** Does something that has no form of its own, and tells of a failure in a toast. Resolves to whether it was done. */
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
