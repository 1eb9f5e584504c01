import type { ApiError } from '../api/client';
import { useText } from '../i18n';

/** What to tell a person about a failure: the server's own words, or ours where it had none. */
export function useProblemText(): (problem: ApiError) => string {
  const { t, plural } = useText();
  return (problem) => {
    if (problem.code === 'network') return t('problem.network');
    if (problem.code === 'bad_answer') return t('problem.badAnswer');
    if (problem.retryAfterSeconds === null) return problem.message;
    return `${problem.message} ${plural('problem.retryAfter', problem.retryAfterSeconds)}`;
  };
}
