import type { Dispatcher } from 'undici';
import { startActiveChecks, type Checked } from './active-checks.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type { CheckRules, EjectionRules, UpstreamBreakerRules } from './health.schema.js';
import { InstanceHealth, type InstanceState } from './instance-health.js';
import type { Instance } from './instance.js';
import type { Log } from './log.js';

interface Parts {
  upstream: string;
  rules: {
    health?: CheckRules | undefined;
    ejection: EjectionRules;
    breaker: UpstreamBreakerRules;
    slowStartMs: number;
  };
  log: Log;
  now?: () => number;
}

interface Watched extends Checked {
  isUsable: boolean;
  health: InstanceHealth;
}

const MESSAGES: Record<InstanceState, string> = {
  up: 'an instance is back',
  down: 'the checks of an instance fail; it is left out',
  ejected: 'requests to an instance fail; it is left out for a while',
  probing: 'an instance is tried',
};

export type UpstreamHealth = ReturnType<typeof createUpstreamHealth>;

/** What is known of the health of an upstream: of each instance, and of all together. */
export function createUpstreamHealth({ upstream, rules, log, now = () => performance.now() }: Parts) {
  const { health: checks, ejection, slowStartMs } = rules;
  const watched = new Map<string, Watched>();
  const stopChecks = checks && startActiveChecks(checks, () => watched.values());

  const breaker = new CircuitBreaker(
    { ...rules.breaker, consecutiveFailures: Infinity },
    {
      now,
      onOpen: (forMs) => log.warn({ upstream, forMs }, 'requests to an upstream fail; it is not asked for a while'),
      onClose: () => log.info({ upstream }, 'an upstream answers again'),
    },
  );

  return {
    /** Of the whole upstream; to be asked before any instance is chosen, and told what became of the request. */
    breaker,

    /** Begins to watch an instance, believed to be well until something speaks against it. */
    watch({ url, down }: Instance, dispatcher: Dispatcher): InstanceHealth {
      const health = new InstanceHealth({
        ejection,
        checks: checks ?? { rise: 1, fall: 1 },
        slowStartMs,
        isCold: [...watched.values()].some((other) => other.health.hasAnswered),
        now,
        mayEject,
        changed: (state, because) => report(url, state, because),
      });
      watched.set(url, { url, dispatcher, health, isUsable: !down });
      return health;
    },

    forget(url: string): void {
      watched.delete(url);
    },

    close(): void {
      stopChecks?.();
      watched.clear();
    },
  };

  /**
   * Keeps a share of the instances in use however they answer: if all seem to fail, the cause is more likely what they
   * have in common, and the breaker's to deal with. Envoy has max_ejection_percent for it. Runs at an ejection only.
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
