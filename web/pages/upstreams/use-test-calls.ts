import { computed, onBeforeUnmount, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue';
import { sendTestCall, type TestCall, type TestCallMethod } from '../../api/upstreams';

/** Calls in flight at once: enough to see the balancing, too few to disturb other requests. */
const AT_ONCE = 4;

export interface TestCallSummary {
  answered: number;
  failed: number;
  /** Median duration. */
  medianMs: number;
  /** Calls per instance, the most first. */
  shares: [instance: string, calls: number][];
}

/** Calls an upstream a number of times and collects the results, newest first. */
export function useTestCalls(): {
  calls: ShallowRef<readonly TestCall[]>;
  summary: ComputedRef<TestCallSummary>;
  pending: Ref<boolean>;
  run: (upstream: string, method: TestCallMethod, path: string, times: number) => Promise<void>;
} {
  const calls = shallowRef<readonly TestCall[]>([]);
  const pending = ref(false);
  let running: AbortController | undefined;

  async function run(upstream: string, method: TestCallMethod, path: string, times: number): Promise<void> {
    running?.abort();
    const current = (running = new AbortController());
    calls.value = [];
    pending.value = true;
    let left = times;
    const callInTurn = async (): Promise<void> => {
      while (left > 0 && !current.signal.aborted) {
        left -= 1;
        const call = await sendTestCall(upstream, method, path, current.signal);
        calls.value = [call, ...calls.value];
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, times) }, callInTurn));
    } catch (error) {
      if (!current.signal.aborted) throw error;
    } finally {
      if (running === current) pending.value = false;
    }
  }

  onBeforeUnmount(() => running?.abort());
  return { calls, summary: computed(() => summaryOf(calls.value)), pending, run };
}

function summaryOf(calls: readonly TestCall[]): TestCallSummary {
  const counts = new Map<string, number>();
  for (const { instance } of calls) if (instance !== null) counts.set(instance, (counts.get(instance) ?? 0) + 1);
  const sorted = calls.map(({ ms }) => ms).toSorted((one, other) => one - other);
  const failed = calls.filter(({ problem }) => problem !== null).length;
  return {
    answered: calls.length - failed,
    failed,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    shares: [...counts].toSorted(([, one], [, other]) => other - one),
  };
}
