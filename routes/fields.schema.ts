import { z } from 'zod';

/**
 * Building blocks of the schemas: kinds of fields and of parameters that several routes share. What JSON Schema cannot
 * see behind a transform, `meta` says for the documents.
 */

// Neither half a surrogate pair nor a control character can be stored and shown again as it came.
const isText = (text: string) => text.isWellFormed() && !/[^\P{Cc}\t\n\r]/u.test(text);
const characters = { params: { sentence: 'characters' } };

/** One line as a person types it, without white space around it. */
export const text = (min: number, max: number) =>
  z
    .string()
    .trim()
    .refine(isText, characters)
    .refine((line) => !/[\n\r\t]/.test(line), characters)
    .min(min)
    .max(max);

/** Text of several lines. */
export const longText = (min: number, max: number) => z.string().trim().refine(isText, characters).min(min).max(max);

/** What may be cleared: by null, and by the empty text that a cleared form field sends. */
export const clearable = (content: z.ZodType<string, string>) =>
  content
    .transform((value) => (value === '' ? null : value))
    .nullable()
    .optional();

export const clearableText = (max: number) => clearable(text(0, max));

/** An address that `valid` accepts, or none. */
export const clearableAddress = (max: number, valid: (address: string) => boolean) =>
  clearable(text(0, max).refine((value) => value === '' || valid(value), { params: { sentence: 'url' } }));

// URL alone also takes `http:here` and drops line breaks.
export const isWebAddress = (text: string): boolean => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);

/** Not trimmed: a password is what was typed. */
export const password = z.string().refine(isText, characters).min(8).max(128);

const ID = /^[1-9]\d{0,15}$/;

/** A path's `:id`: digits only, as JavaScript would otherwise take `1e3` and `0x1` for numbers too. */
export const id = z
  .string()
  .refine((digits) => ID.test(digits) && Number.isSafeInteger(Number(digits)), { params: { sentence: 'id' } })
  .transform(Number)
  .meta({ type: 'integer', minimum: 1 });
export const idParams = z.object({ id });

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .meta({ type: 'integer', minimum: min, maximum: max });

/** `?page=1&limit=10` */
export const paging = {
  page: wholeNumber(1, 1_000_000).default(1),
  limit: wholeNumber(1, 100).default(10),
};

export interface Sort<Field extends string> {
  field: Field;
  descending: boolean;
}

/** `?sort=-createdAt`: a leading minus descends. */
export const sort = <Field extends string>(fields: readonly Field[], fallback: Sort<Field>) =>
  z
    .enum(fields.flatMap((field) => [field, `-${field}` as const]))
    .transform((value): Sort<Field> => ({ field: value.replace('-', '') as Field, descending: value.startsWith('-') }))
    .default(fallback)
    .describe(`A leading minus descends. Default: ${fallback.descending ? '-' : ''}${fallback.field}`);

export const pagination = z
  .object({ current: z.int(), pages: z.int(), total: z.int(), limit: z.int() })
  .meta({ id: 'Pagination' });

export function presentPagination({ page, limit }: { page: number; limit: number }, total: number) {
  return { current: page, pages: Math.ceil(total / limit), total, limit };
}
