import { z } from 'zod';
import { POST_STATUSES } from '../../models/posts/post.js';

export const overviewAnswer = z
  .object({
    statusStats: z.array(
      z.object({ status: z.enum(POST_STATUSES), count: z.int(), totalViews: z.int(), totalLikes: z.int() }),
    ),
    categoryStats: z
      .array(z.object({ category: z.string().describe('Slug'), count: z.int() }))
      .describe('Published posts, most first'),
    daily: z
      .array(z.object({ date: z.iso.date(), posts: z.int(), views: z.int(), likes: z.int() }))
      .describe('The last 30 days in UTC, oldest first, today included'),
  })
  .meta({ id: 'Overview' });
