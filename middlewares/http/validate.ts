import type { z } from 'zod';
import { ValidationFailed, type Problem } from '../../services/errors.js';
import type { Messages } from '../../views/locales/index.js';

/** A longer list of mistakes helps no one. */
const MAX_PROBLEMS = 20;

/**
 * Parses a value from outside, with sentences for people about what is wrong with it.
 *
 * @throws ValidationFailed naming each bad field.
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  { validation }: Pick<Messages, 'validation'>,
): z.output<Schema> {
  const result = schema.safeParse(value ?? {}, { error: (issue) => sentenceFor(issue, validation) });
  if (result.success) return result.data;
  throw new ValidationFailed(undefined, {
    problems: result.error.issues.slice(0, MAX_PROBLEMS).flatMap((issue) => problemsOf(issue, validation)),
  });
}

function problemsOf(issue: z.core.$ZodIssue, sentences: Messages['validation']): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, MAX_PROBLEMS)
      .map((key) => ({ path: [...issue.path, key].join('.'), message: sentences.unknownField }));
  }
  return [{ path: issue.path.join('.'), message: issue.message }];
}

/** What is wrong with a value, in the person's language. A schema that knows better names a key of the sentences. */
function sentenceFor(issue: z.core.$ZodRawIssue, sentences: Messages['validation']): string {
  if (issue.input === undefined && issue.code === 'invalid_type') return sentences.required;
  switch (issue.code) {
    case 'invalid_type':
      return typeSentence(issue.expected, sentences);
    case 'too_small':
      if (issue.origin !== 'string') return sentences.tooSmall(Number(issue.minimum));
      return issue.input === '' ? sentences.required : sentences.tooShort(Number(issue.minimum));
    case 'too_big':
      return issue.origin === 'string'
        ? sentences.tooLong(Number(issue.maximum))
        : sentences.tooBig(Number(issue.maximum));
    case 'invalid_value':
      return sentences.oneOf(issue.values.join(', '));
    case 'invalid_format':
      return formatSentence(issue.format, sentences);
    case 'custom':
      return customSentence(issue.params, sentences);
    default:
      return sentences.invalid;
  }
}

function formatSentence(format: string, sentences: Messages['validation']): string {
  switch (format) {
    case 'email':
      return sentences.email;
    case 'url':
      return sentences.url;
    case 'datetime':
      return sentences.time;
    default:
      return sentences.invalid;
  }
}

function typeSentence(expected: string, sentences: Messages['validation']): string {
  switch (expected) {
    case 'string':
      return sentences.text;
    case 'number':
      return sentences.number;
    case 'int':
      return sentences.wholeNumber;
    case 'boolean':
      return sentences.trueOrFalse;
    default:
      return sentences.invalid;
  }
}

function customSentence(params: Record<string, unknown> | undefined, sentences: Messages['validation']): string {
  const sentence = sentences[params?.['sentence'] as keyof typeof sentences];
  return typeof sentence === 'string' ? sentence : sentences.invalid;
}
