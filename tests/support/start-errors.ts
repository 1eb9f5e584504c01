import { StartError } from '../../app/start-error.js';
import type { Locale } from '../../views/locales/index.js';

/** What people with this language read when `start` is refused. */
export function sentenceOf(start: () => unknown, locale: Locale): string {
  try {
    start();
  } catch (error) {
    if (error instanceof StartError) return error.sentenceIn(locale);
    throw error;
  }
  throw new Error('it was not refused');
}
