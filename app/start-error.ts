import { cliIn, type CliText } from '../views/locales/cli.js';
import type { Locale } from '../views/locales/index.js';

/** Makes a sentence from the texts of one language. */
export type Sentence = (text: CliText, locale: Locale) => string;

/** A start or command that cannot go on, with a sentence that says what to do. `message`, for the log, is English. */
export class StartError extends Error {
  override readonly name = 'StartError';

  constructor(
    readonly sentence: Sentence,
    options?: ErrorOptions,
  ) {
    super(sentence(cliIn.en, 'en'), options);
  }

  /** The sentence for people, in their language. */
  sentenceIn(locale: Locale): string {
    return this.sentence(cliIn[locale], locale);
  }
}
