import type { ApiError } from '../api/client';
import { useText } from '../i18n';

/** Returns the text to show for a failure: the server's message, or ours if it sent none. */
export function useProblemText(): (problem: ApiError) => string {
  const { t, plural } = useText();
  return (problem) => {
    if (problem.code === 'network') return t('problem.network');
    if (problem.code === 'bad_answer') return t('problem.badAnswer');
    if (problem.retryAfterSeconds === null) return problem.message;
    return `${problem.message} ${plural('problem.retryAfter', problem.retryAfterSeconds)}`;
  };
}
