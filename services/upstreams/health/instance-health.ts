import type { CheckRules, EjectionRules } from '../config/health.schema.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** `down`: its checks fail. `ejected`: too many requests failed. `probing`: was ejected; one request may try it. */
export type InstanceState = 'up' | 'down' | 'ejected' | 'probing';

interface InstanceHealthOptions {
  ejection: EjectionRules;
  checks: Pick<CheckRules, 'rise' | 'fall'>;
  slowStartMs: number;
  /** Whether it starts with a small share, as an instance that joins others in use. */
  isCold: boolean;
  now: () => number;
  /** Whether enough other instances are left. */
  mayEject: () => boolean;
  changed: (state: InstanceState, because: object) => void;
}

/** The least share of its weight that an instance in slow start has: it must receive some requests. */
const LEAST_WARMTH = 0.1;

/** Whether an instance may receive requests, derived from its checks and from the outcomes of its requests. */
export class InstanceHealth {
  readonly #options: InstanceHealthOptions;
  readonly #breaker: CircuitBreaker;
  #isDown = false;
  /** Checks in a row whose result differs from the current state. */
  #contradictions = 0;
  #warmingSince: number;
  #lastReason = '';
  #hasSucceeded = false;

  constructor(options: InstanceHealthOptions) {
    const { ejection, now, mayEject, changed } = options;
    this.#options = options;
    this.#warmingSince = options.isCold ? now() : -Infinity;
    this.#breaker = new CircuitBreaker(ejection, {
      now,
      mayOpen: mayEject,
      onOpen: (forMs) => changed('ejected', { reason: this.#lastReason, forMs }),
      onClose: () => {
        this.#warmingSince = now();
        changed('up', {});
      },
    });
  }

  /** Whether it has ever served a request. */
  get hasSucceeded(): boolean {
    return this.#hasSucceeded;
  }

  get state(): InstanceState {
    if (this.#isDown) return 'down';
    const { state } = this.#breaker;
    return state === 'closed' ? 'up' : state === 'open' ? 'ejected' : 'probing';
  }

  /** The share of its weight that it carries, 0.1 to 1, growing evenly during slow start. */
  get warmth(): number {
    if (this.#warmingSince === -Infinity) return 1;
    const warmth = (this.#options.now() - this.#warmingSince) / this.#options.slowStartMs;
    if (warmth < 1) return Math.max(warmth, LEAST_WARMTH);
    this.#warmingSince = -Infinity;
    return 1;
  }

  /** Whether `allow` would return true now; does not take the probe. */
  get available(): boolean {
    return !this.#isDown && this.#breaker.available;
  }

  /** To be called once for each request that is then made, and whose outcome one of the next three methods records. */
  allow(): boolean {
    return !this.#isDown && this.#breaker.allow();
  }

  succeeded(): void {
    this.#hasSucceeded = true;
    this.#breaker.succeeded();
  }

  /** @param reason for the log. */
  failed(reason: string): void {
    this.#lastReason = reason;
    this.#breaker.failed();
  }

  /** Records a neutral outcome: the client disconnected, or its request was at fault. */
  abandoned(): void {
    this.#breaker.abandoned();
  }

  /** Records the result of a check. An instance that recovers starts with a small share and with cleared counters. */
  recordCheck(passed: boolean, reason = ''): void {
    const { checks, now, changed } = this.#options;
    if (passed !== this.#isDown) {
      this.#contradictions = 0;
      return;
    }
    this.#contradictions += 1;
    if (this.#contradictions < (passed ? checks.rise : checks.fall)) return;
    this.#contradictions = 0;
    this.#isDown = !passed;
    if (!passed) return changed('down', { reason });
    this.#warmingSince = now();
    if (this.#breaker.state === 'closed') changed('up', {});
    this.#breaker.reset(); // reports the change if it was open
  }
}
