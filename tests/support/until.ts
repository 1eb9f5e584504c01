import { setTimeout as wait } from 'node:timers/promises';

type Truthy<Value> = Exclude<Value, false | 0 | '' | null | undefined>;

/**
 * Asks again and again until the answer is truthy, and gives that answer. A question that throws counts as a no.
 *
 * @throws after `withinMs`, naming what did not come true.
 */
export async function until<Value>(
  what: string,
  ask: () => Value | Promise<Value>,
  { withinMs = 15_000, everyMs = 25 } = {},
): Promise<Truthy<Value>> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer) return answer as Truthy<Value>;
      last = answer;
    } catch (error) {
      last = error;
    }
    await wait(everyMs);
  }
  throw new Error(`not within ${withinMs} ms: ${what} (last: ${String(last)})`);
}
