import { z } from 'zod';

const instanceSchema = z
  .object({
    address: z.string(),
    state: z
      .enum(['up', 'down', 'ejected', 'probing', 'disabled'])
      .describe('down: health checks fail; ejected: requests fail; disabled: declared as down'),
    weight: z.int(),
    backup: z.boolean(),
    inFlight: z.int(),
    requests: z.int(),
    failures: z.int(),
    p50Ms: z.number().nullable().describe('Time to the response headers, over the last 512 requests'),
    p99Ms: z.number().nullable(),
    errors: z.array(z.object({ at: z.iso.datetime(), reason: z.string() })).describe('The last ten, newest first'),
  })
  .meta({ id: 'UpstreamInstance' });

export const upstreamsAnswer = z.object({
  upstreams: z.array(
    z
      .object({
        name: z.string(),
        state: z.enum(['up', 'degraded', 'down']),
        breaker: z.enum(['closed', 'open', 'half-open']),
        balance: z.string(),
        inFlight: z.int(),
        websockets: z.int(),
        retries: z.int(),
        refused: z.int().describe('Requests refused because too many were in flight'),
        instances: z.array(instanceSchema),
      })
      .meta({ id: 'Upstream' }),
  ),
});
