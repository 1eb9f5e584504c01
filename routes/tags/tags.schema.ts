import { z } from 'zod';
import { paging } from '../fields.schema.js';

export const tagListQuery = z.object({ limit: paging.limit.unwrap().default(50) });
export const tagListAnswer = z.object({
  tags: z.array(z.object({ name: z.string(), postCount: z.int() }).meta({ id: 'Tag' })),
});
