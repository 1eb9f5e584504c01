import { DomainError } from '../../services/errors.js';
import { messagesIn, type Locale } from '../../views/locales/index.js';
import { StartError } from '../config.js';

/** What a command prints when it fails: a sentence for what the caller can mend, the stack for anything else. */
export function failureText(error: unknown, locale: Locale): string {
  if (error instanceof StartError) return error.message;
  if (!(error instanceof DomainError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error.problems) return error.problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
  const { errors, validation } = messagesIn[locale];
  const sentence = validation[error.sentence as keyof typeof validation];
  if (typeof sentence === 'string') return `${error.fields.join()}: ${sentence}`;
  return error.message || errors[error.code];
}
