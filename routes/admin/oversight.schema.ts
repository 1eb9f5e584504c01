import { z } from 'zod';
import type { Upload } from '../../models/uploads/uploads.js';
import { commentSchema } from '../comments/comments.schema.js';
import { id, wholeNumber } from '../fields.schema.js';
import { presentUpload, uploadSchema } from '../uploads/uploads.schema.js';

export const cursorQuery = z.object({
  after: id.optional().describe('The `next` of the previous page; without it the first page'),
  limit: wholeNumber(1, 100).default(20),
});

const next = z.int().nullable().describe('For `after`; `null` at the end');

export const allCommentsAnswer = z.object({
  comments: z.array(commentSchema.extend({ post: z.object({ id: z.int(), slug: z.string(), title: z.string() }) })),
  next,
});

export const allUploadsAnswer = z.object({
  files: z.array(
    uploadSchema.extend({
      owner: z.object({ id: z.int(), username: z.string() }).nullable(),
      totalSize: z.int().describe('Bytes, variants included'),
    }),
  ),
  next,
});

/** The cursor of the next page: a full one may be the last, and the next then is empty. */
export function nextAfter(rows: readonly { id: number }[], limit: number): number | null {
  return rows.length < limit ? null : (rows.at(-1)?.id ?? null);
}

export function presentOwnedUpload(upload: Upload, owners: ReadonlyMap<number, string>) {
  const { ownerId, size, variants } = upload;
  const username = ownerId === null ? undefined : owners.get(ownerId);
  return {
    ...presentUpload(upload),
    owner: ownerId === null || username === undefined ? null : { id: ownerId, username },
    totalSize: variants.reduce((sum, variant) => sum + variant.size, size),
  };
}
