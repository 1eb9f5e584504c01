import { z } from 'zod';
import { postSummarySchema } from '../posts/posts.schema.js';

export const homeAnswer = z
  .object({
    posts: z.array(postSummarySchema).optional().describe('The latest posts'),
    stats: z.object({ posts: z.int().describe('Published posts'), categories: z.int(), views: z.int() }).optional(),
    upstreams: z.record(z.string(), z.unknown()).describe('Response of each upstream, by its name'),
    partial: z.boolean().describe('Whether a part is missing'),
    missing: z.array(z.string()).describe('Names of the parts that did not respond in time'),
  })
  .meta({ id: 'Home' });
