/** Retries available at the start, before requests have earned any. */
const RESERVE = 10;
/** Retries that can be saved up. */
const MAX_RETRIES = 100;

/** Limits retries to a share of the requests, so that they never double the load of a failing upstream. */
export function createRetryBudget(percent: number) {
  let retries = percent > 0 ? RESERVE : 0;
  return {
    /** To be called for each request. */
    earn(): void {
      retries = Math.min(MAX_RETRIES, retries + percent / 100);
    },
    /** Takes one retry. Returns false when none is left. */
    spend(): boolean {
      if (retries < 1) return false;
      retries -= 1;
      return true;
    },
  };
}
