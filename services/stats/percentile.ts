/** How many durations were at most `upToMs` and longer than the bucket before allows; ordered by `upToMs`. */
export interface Bucket {
  upToMs: number;
  count: number;
}

/**
 * Estimates the duration that a share of all stays below, as Prometheus' `histogram_quantile` does: durations are taken to be
 * spread evenly within their bucket, and those in the last one, which has no end, to be as long as it begins.
 *
 * @param share 0.5 is the median. @returns milliseconds, or null when nothing was measured.
 */
export function percentile(buckets: readonly Bucket[], share: number): number | null {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let rank = share * total;
  let fromMs = 0;
  for (const { upToMs, count } of buckets) {
    if (count > 0 && rank <= count) {
      return Number.isFinite(upToMs) ? round(fromMs + ((upToMs - fromMs) * rank) / count) : fromMs;
    }
    rank -= count;
    fromMs = upToMs;
  }
  return null;
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
