import { computed, onBeforeUnmount, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue';
import { tryUpstream, type Trial, type TrialMethod } from '../../api/upstreams';

/** Calls under way together: enough to see them shared out, too few to be in anybody's way. */
const AT_ONCE = 4;

export interface TrialSummary {
  answered: number;
  failed: number;
  /** The middle one of how long they took, in milliseconds. */
  medianMs: number;
  /** How many each instance has answered, the most first. */
  shares: [instance: string, calls: number][];
}

/** Calls an upstream a number of times and keeps how each call ended, the newest first. */
export function useTrial(): {
  trials: ShallowRef<readonly Trial[]>;
  summary: ComputedRef<TrialSummary>;
  pending: Ref<boolean>;
  run: (upstream: string, method: TrialMethod, path: string, times: number) => Promise<void>;
} {
  const trials = shallowRef<readonly Trial[]>([]);
  const pending = ref(false);
  let running: AbortController | undefined;

  async function run(upstream: string, method: TrialMethod, path: string, times: number): Promise<void> {
    running?.abort();
    const current = (running = new AbortController());
    trials.value = [];
    pending.value = true;
    let left = times;
    const call = async (): Promise<void> => {
      while (left > 0 && !current.signal.aborted) {
        left -= 1;
        const trial = await tryUpstream(upstream, method, path, current.signal);
        trials.value = [trial, ...trials.value];
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, times) }, call));
    } catch (error) {
      if (!current.signal.aborted) throw error;
    } finally {
      if (running === current) pending.value = false;
    }
  }

  onBeforeUnmount(() => running?.abort());
  return { trials, summary: computed(() => summaryOf(trials.value)), pending, run };
}

function summaryOf(trials: readonly Trial[]): TrialSummary {
  const counts = new Map<string, number>();
  for (const { instance } of trials) if (instance !== null) counts.set(instance, (counts.get(instance) ?? 0) + 1);
  const sorted = trials.map(({ ms }) => ms).toSorted((one, other) => one - other);
  const failed = trials.filter(({ problem }) => problem !== null).length;
  return {
    answered: trials.length - failed,
    failed,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    shares: [...counts].toSorted(([, one], [, other]) => other - one),
  };
}
