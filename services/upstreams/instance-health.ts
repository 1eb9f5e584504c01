import { CircuitBreaker } from './circuit-breaker.js';
import type { CheckRules, EjectionRules } from './health.schema.js';

/**
 * `down`: its checks fail. `ejected`: requests have failed too often. `probing`: was ejected, and a request may try it.
 */
export type InstanceState = 'up' | 'down' | 'ejected' | 'probing';

interface Parts {
  ejection: EjectionRules;
  checks: Pick<CheckRules, 'rise' | 'fall'>;
  slowStartMs: number;
  /** Whether it begins with a small share, as one that joins others at work. */
  isCold: boolean;
  now: () => number;
  /** Whether the others can do without it. */
  mayEject: () => boolean;
  changed: (state: InstanceState, because: object) => void;
}

/** Of its weight, so that an instance that is warming up is asked at all. */
const LEAST_WARMTH = 0.1;

/** Whether an instance may be asked, learnt from its checks and from how it answered before. */
export class InstanceHealth {
  readonly #parts: Parts;
  readonly #breaker: CircuitBreaker;
  #isDown = false;
  /** Checks in a row that contradict what is believed. */
  #contradictions = 0;
  #warmingSince: number;
  #lastReason = '';
  #hasAnswered = false;

  constructor(parts: Parts) {
    const { ejection, now, mayEject, changed } = parts;
    this.#parts = parts;
    this.#warmingSince = parts.isCold ? now() : -Infinity;
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
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  get state(): InstanceState {
    if (this.#isDown) return 'down';
    const { state } = this.#breaker;
    return state === 'closed' ? 'up' : state === 'open' ? 'ejected' : 'probing';
  }

  /** 0.1 to 1: how much of its weight it carries, growing evenly while it warms up. */
  get warmth(): number {
    if (this.#warmingSince === -Infinity) return 1;
    const warmth = (this.#parts.now() - this.#warmingSince) / this.#parts.slowStartMs;
    if (warmth < 1) return Math.max(warmth, LEAST_WARMTH);
    this.#warmingSince = -Infinity;
    return 1;
  }

  /** Whether `allow` would say yes now; claims nothing. */
  get available(): boolean {
    return !this.#isDown && this.#breaker.available;
  }

  /** Asked once for each request that is then made, whose end is told by one of the three below. */
  allow(): boolean {
    return !this.#isDown && this.#breaker.allow();
  }

  succeeded(): void {
    this.#hasAnswered = true;
    this.#breaker.succeeded();
  }

  /** @param reason for the log. */
  failed(reason: string): void {
    this.#lastReason = reason;
    this.#breaker.failed();
  }

  /** The client has left, or it was its fault: nothing is learnt of the instance. */
  abandoned(): void {
    this.#breaker.abandoned();
  }

  /** Takes the outcome of a check. Whatever comes back by checks begins anew, with a small share. */
  checked(isGood: boolean, reason = ''): void {
    const { checks, now, changed } = this.#parts;
    if (isGood !== this.#isDown) {
      this.#contradictions = 0;
      return;
    }
    this.#contradictions += 1;
    if (this.#contradictions < (isGood ? checks.rise : checks.fall)) return;
    this.#contradictions = 0;
    this.#isDown = !isGood;
    if (!isGood) return changed('down', { reason });
    this.#warmingSince = now();
    if (this.#breaker.state === 'closed') changed('up', {});
    this.#breaker.reset(); // tells of it otherwise
  }
}
