const BUCKETS = 10;

/** Counts recent successes and failures in a fixed amount of memory: a ring of ten counters each. */
export class OutcomeWindow {
  total = 0;
  failed = 0;
  readonly #bucketMs: number;
  readonly #totals = new Uint32Array(BUCKETS);
  readonly #failures = new Uint32Array(BUCKETS);
  /** Number of the newest bucket, counted from the clock's zero. */
  #newest = 0;

  /** @param windowMs how far it looks back. */
  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  /** @param now milliseconds of a monotonic clock. */
  record(failed: boolean, now: number): void {
    this.#advance(now);
    const bucket = this.#newest % BUCKETS;
    this.#totals[bucket] = (this.#totals[bucket] ?? 0) + 1;
    this.total += 1;
    if (!failed) return;
    this.#failures[bucket] = (this.#failures[bucket] ?? 0) + 1;
    this.failed += 1;
  }

  clear(): void {
    this.#totals.fill(0);
    this.#failures.fill(0);
    this.total = 0;
    this.failed = 0;
  }

  #advance(now: number): void {
    const current = Math.floor(now / this.#bucketMs);
    if (current - this.#newest >= BUCKETS) this.clear();
    else {
      for (let number = this.#newest + 1; number <= current; number += 1) {
        const bucket = number % BUCKETS;
        this.total -= this.#totals[bucket] ?? 0;
        this.failed -= this.#failures[bucket] ?? 0;
        this.#totals[bucket] = 0;
        this.#failures[bucket] = 0;
      }
    }
    this.#newest = current;
  }
}
