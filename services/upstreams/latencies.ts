const KEPT = 512;

/** How long the last answers took, for figures that are asked for seldom. */
export function createLatencies() {
  const samples = new Float64Array(KEPT);
  let count = 0;
  return {
    add(ms: number): void {
      samples[count % KEPT] = ms;
      count += 1;
    },
    /** In milliseconds with one decimal; null before the first answer. */
    percentile(fraction: number): number | null {
      if (count === 0) return null;
      const sorted = samples.subarray(0, Math.min(count, KEPT)).toSorted();
      const ms = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
      return Math.round(ms * 10) / 10;
    },
  };
}
