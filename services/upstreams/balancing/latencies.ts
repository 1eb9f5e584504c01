const SAMPLES = 512;

/** Holds how long the last responses took; percentiles are computed on demand, which is seldom. */
export function createLatencies() {
  const samples = new Float64Array(SAMPLES);
  let count = 0;
  return {
    add(ms: number): void {
      samples[count % SAMPLES] = ms;
      count += 1;
    },
    /** In milliseconds with one decimal; null before the first response. */
    percentile(fraction: number): number | null {
      if (count === 0) return null;
      const sorted = samples.subarray(0, Math.min(count, SAMPLES)).toSorted();
      const ms = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
      return Math.round(ms * 10) / 10;
    },
  };
}
