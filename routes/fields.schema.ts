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

/** Scripts whose letters a joiner or non-joiner shapes (Unicode Standard Annex 31, section 2.3); in others it is unseen. */
const JOINING = [
  'Arab',
  'Beng',
  'Deva',
  'Gujr',
  'Guru',
  'Khmr',
  'Knda',
  'Mlym',
  'Mong',
  'Mymr',
  'Orya',
  'Sinh',
  'Taml',
  'Telu',
];
const SHAPED = JOINING.map((script) => `\\p{Script=${script}}`).join('');
/** Invisible characters where they do their work: between such letters, and within an emoji. */
const AT_WORK = new RegExp(
  [
    `(?<=[${SHAPED}]\\p{M}*)[\\u200C\\u200D](?=[${SHAPED}])`,
    '(?<=\\p{Extended_Pictographic}[\\p{Emoji_Modifier}\\uFE0F]?)\\u200D(?=\\p{Extended_Pictographic})',
    '(?<=\\p{Extended_Pictographic})\\uFE0F',
    '(?<=[0-9#*])\\uFE0F(?=\\u20E3)',
  ].join('|'),
  'gu',
);
/** Format characters, which may change the direction of adjacent text, and other invisible characters. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Whether all characters are visible: names that look the same are the same, and none rearranges its line. */
const isVisible = (line: string) => !UNSEEN.test(line.replace(AT_WORK, ''));

/** One line of text that names a person or a thing. */
export const name = (min: number, max: number) =>
  text(min, max).refine(isVisible, { params: { sentence: 'invisible' } });
export const clearableName = (max: number) => clearable(name(0, max));

/** Text of several lines. */
export const longText = (min: number, max: number) => z.string().trim().refine(isText, characters).min(min).max(max);

/** What may be cleared: by null, and by the empty text that a cleared form field sends. */
export const clearable = (content: z.ZodType<string, string>) =>
  content
    .transform((value) => (value === '' ? null : value))
    .nullable()
    .optional();

/** An address that `valid` accepts, or none. */
export const clearableAddress = (max: number, valid: (address: string) => boolean) =>
  clearable(text(0, max).refine((value) => value === '' || valid(value), { params: { sentence: 'url' } }));

// URL alone also takes `http:here` and drops line breaks.
export const isWebAddress = (text: string): boolean => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);

/** An existing value, which may have been chosen under older rules. */
export const currentPassword = z.string().refine(isText, characters).min(1).max(1_000);

/** A picture on the web, or one of our own by its path; not `//host` or `/\host`, which browsers take for another site. */
export const picture = clearableAddress(500, (path) => /^\/(?![/\\])\S*$/.test(path) || isWebAddress(path)).meta({
  example: '/uploads/picture.png',
});

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

export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .meta({ type: 'integer', minimum: min, maximum: max });

/** Skipping to a page costs more the deeper it lies; what lies deeper is reached with `after`, a filter or a search. */
const MAX_PAGE = 10_000;

/** `?page=1&limit=10` */
export const paging = {
  page: wholeNumber(1, MAX_PAGE).default(1),
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
    .describe(
      `A leading minus sorts in descending order. Default: \`${fallback.descending ? '-' : ''}${fallback.field}\``,
    );

export const pagination = z
  .object({ current: z.int(), pages: z.int(), total: z.int(), limit: z.int() })
  .meta({ id: 'Pagination' });

export function presentPagination({ page, limit }: { page: number; limit: number }, total: number) {
  return { current: page, pages: Math.ceil(total / limit), total, limit };
}
