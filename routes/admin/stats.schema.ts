import { z } from 'zod';
import { wholeNumber } from '../fields.schema.js';

export const dailyStatsQuery = z.object({ days: wholeNumber(1, 365).default(30) });

const milliseconds = z.number().nullable();

export const dailyStatsAnswer = z.object({
  days: z
    .array(
      z.object({
        date: z.iso.date(),
        posts: z.int(),
        comments: z.int(),
        likes: z.int(),
        views: z.int(),
        signIns: z.int(),
        requests: z.int(),
        errors: z.int().describe('Responses with a status of 500 or more'),
        p50Ms: milliseconds.describe('Half of the requests took at most as long; `null` without requests'),
        p99Ms: milliseconds,
      }),
    )
    .describe('The last days in UTC, oldest first, today included; requests are counted every minute'),
});
