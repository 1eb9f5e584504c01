import { OutcomeWindow } from './outcome-window.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerRules {
  /** Opens after this many failures in a row, */
  consecutiveFailures: number;
  /** or when this share of the window's requests failed, in percent, */
  failurePercent: number;
  /** if there were at least this many. */
  minimumRequests: number;
  windowMs: number;
  /** How long it stays open; doubled each time it opens again, */
  openMs: number;
  /** up to this long. After being closed for as long, it starts with `openMs` again. */
  longestOpenMs: number;
}

interface BreakerOptions {
  /** Milliseconds of a monotonic clock. */
  now: () => number;
  /** May veto the opening. */
  mayOpen?: () => boolean;
  onOpen?: (openMs: number) => void;
  onClose?: () => void;
}

/**
 * A circuit breaker: closed, it lets requests pass; open, none; half-open, one at a time as a probe, which decides.
 *
 * Callers report outcomes, since a streamed response has two (its head and its end) and a disconnected client is neither
 * success nor failure, but must release its probe. `docs/architecture.md` says why no library does this.
 */
export class CircuitBreaker {
  readonly #rules: BreakerRules;
  readonly #options: BreakerOptions;
  readonly #window: OutcomeWindow;
  #isOpen = false;
  #openUntil = 0;
  #openMs = 0;
  #closedAt = -Infinity;
  #consecutive = 0;
  #probeUntil = -Infinity;

  constructor(rules: BreakerRules, options: BreakerOptions) {
    this.#rules = rules;
    this.#options = options;
    this.#window = new OutcomeWindow(rules.windowMs);
  }

  get state(): BreakerState {
    if (!this.#isOpen) return 'closed';
    return this.#options.now() < this.#openUntil ? 'open' : 'half-open';
  }

  /** Whether `allow` would return true; does not take the probe. */
  get available(): boolean {
    if (!this.#isOpen) return true;
    const now = this.#options.now();
    return now >= this.#openUntil && now >= this.#probeUntil;
  }

  /** To be called once for each request that is then made. Returns true while half-open for the one probe. */
  allow(): boolean {
    if (!this.#isOpen) return true;
    if (!this.available) return false;
    this.#probeUntil = this.#options.now() + this.#rules.longestOpenMs; // in case its outcome is never reported
    return true;
  }

  succeeded(): void {
    if (this.#isOpen) {
      if (this.state === 'half-open') this.reset();
      return; // a late response to a request from before
    }
    this.#consecutive = 0;
    this.#window.record(false, this.#options.now());
  }

  failed(): void {
    if (this.#isOpen) {
      if (this.state === 'half-open') this.#open();
      return;
    }
    this.#consecutive += 1;
    this.#window.record(true, this.#options.now());
    if (this.#isOverLimit() && (this.#options.mayOpen?.() ?? true)) this.#open();
  }

  /** A request ended with a neutral outcome. */
  abandoned(): void {
    this.#probeUntil = -Infinity;
  }

  /** Closes it and clears its counters. */
  reset(): void {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#consecutive = 0;
    this.#window.clear();
    if (!wasOpen) return;
    this.#closedAt = this.#options.now();
    this.#options.onClose?.();
  }

  #isOverLimit(): boolean {
    const { consecutiveFailures, failurePercent, minimumRequests } = this.#rules;
    const { total, failed } = this.#window;
    if (this.#consecutive >= consecutiveFailures) return true;
    return total >= minimumRequests && failed * 100 >= failurePercent * total;
  }

  #open(): void {
    const now = this.#options.now();
    const { openMs, longestOpenMs } = this.#rules;
    const isFirst = !this.#isOpen && now - this.#closedAt > longestOpenMs;
    this.#openMs = isFirst ? openMs : Math.min(this.#openMs * 2, longestOpenMs);
    this.#isOpen = true;
    this.#openUntil = now + this.#openMs;
    this.#probeUntil = -Infinity;
    this.#options.onOpen?.(this.#openMs);
  }
}
