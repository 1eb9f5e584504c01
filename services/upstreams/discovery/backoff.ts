const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Returns how long to wait after a number of failures in a row: doubled each time, up to half a minute. Half of it is
 * random, so that many processes that lost the same server do not return together.
 *
 * @param failures 1 or more.
 */
export function backoffMs(failures: number, random = Math.random): number {
  const longest = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
  return longest * (0.5 + random() / 2);
}
