import { z } from 'zod';
import { postSummarySchema } from '../posts/posts.schema.js';

export const homeAnswer = z
  .object({
    posts: z.array(postSummarySchema).optional().describe('The latest'),
    stats: z.object({ posts: z.int().describe('Published'), categories: z.int(), views: z.int() }).optional(),
    upstreams: z.record(z.string(), z.unknown()).describe('What each service behind us answered, by its name'),
    partial: z.boolean().describe('Whether something is missing'),
    missing: z.array(z.string()).describe('Names of what did not answer in time'),
  })
  .meta({ id: 'Home' });
