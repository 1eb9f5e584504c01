import { z } from 'zod';

const ms = z.int().positive().max(3_600_000);
const count = z.int().min(1).max(1_000_000);
const percent = z.number().min(1).max(100);

/** Active checks: a request to each instance at an interval. There are none unless declared. */
export const checkSchema = z.strictObject({
  /** Healthy instances respond with a status of 200 to 299. */
  path: z.string().regex(/^\/[!-~]*$/, 'a path is needed'),
  intervalMs: ms.default(2_000),
  timeoutMs: ms.default(1_000),
  /** This many passed checks in a row bring an instance back, */
  rise: count.default(2),
  /** and this many failed ones take it out. */
  fall: count.default(3),
});

const breaker = {
  failurePercent: percent.default(50),
  minimumRequests: count.default(20),
  windowMs: ms.default(10_000),
  openMs: ms.default(5_000),
  longestOpenMs: ms.default(60_000),
};

/** When an instance is left out for a while because its requests fail. */
export const ejectionSchema = z.strictObject({
  consecutiveFailures: count.default(5),
  ...breaker,
  /** The largest share of the instances; at least one instance, and never the last. */
  maxEjectedPercent: percent.default(67),
});

/** When an upstream receives no requests for a while. Counts requests that failed after all retries. */
export const breakerSchema = z.strictObject(breaker);

/** How long an instance that joins or recovers takes to reach its full share; 0 for at once. */
export const slowStartSchema = z.int().min(0).max(3_600_000).default(10_000);

export type CheckRules = z.output<typeof checkSchema>;
export type EjectionRules = z.output<typeof ejectionSchema>;
export type UpstreamBreakerRules = z.output<typeof breakerSchema>;
