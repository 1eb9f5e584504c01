import { CommanderError } from 'commander';
import { DomainError } from '../../services/errors.js';
import { cliIn, type CliText } from '../../views/locales/cli.js';
import { messagesIn, type Locale } from '../../views/locales/index.js';
import { StartError } from '../start-error.js';

/**
 * What a command prints when it fails: a sentence for what the caller can correct, the stack for anything else.
 *
 * @returns undefined when the command has only shown its help.
 */
export function failureText(error: unknown, locale: Locale): string | undefined {
  if (error instanceof CommanderError) return argumentText(error, cliIn[locale]);
  if (error instanceof StartError) return error.sentenceIn(locale);
  if (!(error instanceof DomainError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error.problems) return error.problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
  const { errors, validation } = messagesIn[locale];
  const sentence = validation[error.sentence as keyof typeof validation];
  if (typeof sentence === 'string') return `${error.fields.join()}: ${sentence}`;
  return error.message || errors[error.code];
}

/** Commander names what is wrong in quotes and proposes similar names, in a sentence that is always English. */
function argumentText({ code, message }: CommanderError, text: CliText): string | undefined {
  if (code.startsWith('commander.help')) return undefined;
  const sentence = text.arguments[code as keyof CliText['arguments']] as ((name: string) => string) | undefined;
  if (!sentence) return message;
  const [, name = ''] = /'(.*)'/s.exec(message) ?? [];
  const [, similar] = /\(Did you mean (?:one of )?(.+)\?\)$/.exec(message) ?? [];
  return similar === undefined ? sentence(name) : `${sentence(name)}\n${text.didYouMean(similar)}`;
}
