/** Retries that may be spent while there is little traffic to earn them. */
const RESERVE = 10;
/** Retries that may be saved up. */
const MOST = 100;

export type RetryBudget = ReturnType<typeof createRetryBudget>;

/** Lets retries be a share of the requests and no more, so that they never double the load of what is failing. */
export function createRetryBudget(percent: number) {
  let tokens = percent > 0 ? RESERVE : 0;
  return {
    earn(): void {
      tokens = Math.min(MOST, tokens + percent / 100);
    },
    spend(): boolean {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
