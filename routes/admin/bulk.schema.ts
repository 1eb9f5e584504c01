import { z } from 'zod';
import { POST_ACTIONS, USER_ACTIONS, type BulkResult } from '../../services/bulk/bulk-service.js';
import { CONTENT_CHOICES } from '../../services/users/account-removal.js';
import type { Messages } from '../../views/locales/index.js';

const ids = z.array(z.int().positive()).min(1).max(100);

export const bulkUsersSchema = z.strictObject({
  action: z.enum(USER_ACTIONS),
  ids,
  content: z.enum(CONTENT_CHOICES).default('keep').describe('With `delete`: what becomes of posts and comments'),
});
export const bulkPostsSchema = z.strictObject({ action: z.enum(POST_ACTIONS), ids });
export const bulkDeleteSchema = z.strictObject({ action: z.literal('delete'), ids });

export const bulkAnswer = z.object({
  done: z.array(z.int()),
  failed: z.array(
    z.object({
      id: z.int(),
      code: z.string().describe('Stable, for programs'),
      error: z.string().describe('For people, in the language of the request'),
    }),
  ),
});

export function presentBulk({ done, failed }: BulkResult, { errors }: Messages): z.input<typeof bulkAnswer> {
  return { done, failed: failed.map(({ id, code }) => ({ id, code, error: errors[code] })) };
}
