import type { Dispatcher } from 'undici';
import type { CheckRules, EjectionRules, UpstreamBreakerRules } from '../config/health.schema.js';
import type { InstanceDefinition } from '../discovery/instance-definition.js';
import type { Log } from '../log.js';
import { startActiveChecks, type CheckTarget } from './active-checks.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { InstanceHealth, type InstanceState } from './instance-health.js';

interface UpstreamHealthOptions {
  upstream: string;
  rules: {
    health?: CheckRules | undefined;
    ejection: EjectionRules;
    breaker: UpstreamBreakerRules;
    slowStartMs: number;
  };
  log: Log;
  /** Milliseconds of a monotonic clock. */
  now?: () => number;
}

interface WatchedInstance extends CheckTarget {
  isUsable: boolean;
  health: InstanceHealth;
}

const MESSAGES: Record<InstanceState, string> = {
  up: 'an instance is back',
  down: 'the checks of an instance fail; it is left out',
  ejected: 'requests to an instance fail; it is left out for a while',
  probing: 'an instance is probed',
};

export type UpstreamHealth = ReturnType<typeof createUpstreamHealth>;

/** Tracks the health of an upstream: of each instance, and of all together. */
export function createUpstreamHealth({ upstream, rules, log, now = () => performance.now() }: UpstreamHealthOptions) {
  const { health: checks, ejection, slowStartMs } = rules;
  const watched = new Map<string, WatchedInstance>();
  const stopChecks = checks && startActiveChecks(checks, () => watched.values());

  const breaker = new CircuitBreaker(
    { ...rules.breaker, consecutiveFailures: Infinity },
    {
      now,
      onOpen: (forMs) => log.warn({ upstream, forMs }, 'requests to an upstream fail; its breaker opens'),
      onClose: () => log.info({ upstream }, 'an upstream responds again; its breaker closes'),
    },
  );

  return {
    /** Of the whole upstream: asked before an instance is chosen, and given each outcome. */
    breaker,

    /** Starts to watch an instance, which counts as healthy until a check or request fails. */
    watch({ url, down }: InstanceDefinition, dispatcher: Dispatcher): InstanceHealth {
      const health = new InstanceHealth({
        ejection,
        checks: checks ?? { rise: 1, fall: 1 },
        slowStartMs,
        isCold: [...watched.values()].some((other) => other.health.hasSucceeded),
        now,
        mayEject,
        changed: (state, because) => report(url, state, because),
      });
      watched.set(url, { url, dispatcher, health, isUsable: !down });
      return health;
    },

    unwatch(url: string): void {
      watched.delete(url);
    },

    close(): void {
      stopChecks?.();
      watched.clear();
    },
  };

  /**
   * Limits how many instances are ejected at once: if all seem to fail, the cause is more likely something they share,
   * which is the breaker's case. Envoy's max_ejection_percent does the same. Runs at an ejection only.
   */
  function mayEject(): boolean {
    let usable = 0;
    let left = 0;
    let ejected = 0;
    for (const { health, isUsable } of watched.values()) {
      if (!isUsable) continue;
      usable += 1;
      if (health.state === 'up') left += 1;
      else if (health.state !== 'down') ejected += 1;
    }
    const most = Math.max(Math.floor((usable * ejection.maxEjectedPercent) / 100), 1);
    return left > 1 && ejected < most;
  }

  function report(instance: string, state: InstanceState, because: object): void {
    log[state === 'up' ? 'info' : 'warn']({ upstream, instance, ...because }, MESSAGES[state]);
  }
}
