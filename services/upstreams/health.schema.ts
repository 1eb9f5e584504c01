import { z } from 'zod';

const ms = z.int().positive().max(3_600_000);
const count = z.int().min(1).max(1_000_000);
const percent = z.number().min(1).max(100);

/** Active checks: a request of our own to each instance, every so often. Without them there are none. */
export const checkSchema = z.strictObject({
  /** Has to answer with a status of 200 to 299. */
  path: z.string().regex(/^\/[!-~]*$/, 'a path is needed'),
  intervalMs: ms.default(2_000),
  timeoutMs: ms.default(1_000),
  /** So many good checks in a row bring an instance back, */
  rise: count.default(2),
  /** and so many bad ones take it out. */
  fall: count.default(3),
});

const breaker = {
  failurePercent: percent.default(50),
  minimumRequests: count.default(20),
  windowMs: ms.default(10_000),
  openMs: ms.default(5_000),
  longestOpenMs: ms.default(60_000),
};

/** When an instance is left out for a while because of how it answers requests. */
export const ejectionSchema = z.strictObject({
  consecutiveFailures: count.default(5),
  ...breaker,
  /** So many of the instances at most; one at least, and never the last. */
  maxEjectedPercent: percent.default(67),
});

/** When an upstream is not asked at all for a while. Its failures are those that no other instance could mend. */
export const breakerSchema = z.strictObject(breaker);

/** How long an instance that joins or comes back takes to its full share; 0 for at once. */
export const slowStartSchema = z.int().min(0).max(3_600_000).default(10_000);

export type CheckRules = z.output<typeof checkSchema>;
export type EjectionRules = z.output<typeof ejectionSchema>;
export type UpstreamBreakerRules = z.output<typeof breakerSchema>;
