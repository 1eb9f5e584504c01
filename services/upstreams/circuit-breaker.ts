import { OutcomeWindow } from './outcome-window.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerRules {
  /** Opens after so many failures without a success in between. */
  consecutiveFailures: number;
  /** Opens when so many of the requests of the window have failed, in percent, */
  failurePercent: number;
  /** if there were at least so many. */
  minimumRequests: number;
  windowMs: number;
  /** How long it stays open; twice as long each time it opens again, */
  openMs: number;
  /** up to this long. After being closed for as long, it begins anew with `openMs`. */
  longestOpenMs: number;
}

interface Parts {
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** Has the last word before it opens. */
  mayOpen?: () => boolean;
  onOpen?: (openMs: number) => void;
  onClose?: () => void;
}

/**
 * Stops asking what fails: closed, it lets requests pass; open, none; half-open, one at a time, which decides.
 *
 * Not opossum, which calls a function and takes its promise for the outcome: a streamed answer has two outcomes, its
 * head and its end, and a client that leaves is neither success nor failure, yet has to give its probe back. Its pause
 * never grows, and each breaker keeps a timer and some twenty listeners. This one is driven by the calls alone.
 */
export class CircuitBreaker {
  readonly #rules: BreakerRules;
  readonly #parts: Parts;
  readonly #window: OutcomeWindow;
  #isOpen = false;
  #openUntil = 0;
  #openMs = 0;
  #closedAt = -Infinity;
  #consecutive = 0;
  #probeUntil = -Infinity;

  constructor(rules: BreakerRules, parts: Parts) {
    this.#rules = rules;
    this.#parts = parts;
    this.#window = new OutcomeWindow(rules.windowMs);
  }

  get state(): BreakerState {
    if (!this.#isOpen) return 'closed';
    return this.#parts.now() < this.#openUntil ? 'open' : 'half-open';
  }

  /** Whether `allow` would say yes, without taking the probe. */
  get available(): boolean {
    if (!this.#isOpen) return true;
    const now = this.#parts.now();
    return now >= this.#openUntil && now >= this.#probeUntil;
  }

  /** Asked once for each request that is then made. A yes while half-open is the one probe. */
  allow(): boolean {
    if (!this.#isOpen) return true;
    if (!this.available) return false;
    this.#probeUntil = this.#parts.now() + this.#rules.longestOpenMs; // should its outcome never be told
    return true;
  }

  succeeded(): void {
    if (this.#isOpen) {
      if (this.state === 'half-open') this.reset();
      return; // else a late answer to a request from before
    }
    this.#consecutive = 0;
    this.#window.record(false, this.#parts.now());
  }

  failed(): void {
    if (this.#isOpen) {
      if (this.state === 'half-open') this.#open();
      return;
    }
    this.#consecutive += 1;
    this.#window.record(true, this.#parts.now());
    if (this.#isTooMuch() && (this.#parts.mayOpen?.() ?? true)) this.#open();
  }

  /** A request has ended without saying anything about whom it was made to. */
  abandoned(): void {
    this.#probeUntil = -Infinity;
  }

  /** Closes it, whatever it has seen. */
  reset(): void {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#consecutive = 0;
    this.#window.forget();
    if (!wasOpen) return;
    this.#closedAt = this.#parts.now();
    this.#parts.onClose?.();
  }

  #isTooMuch(): boolean {
    const { consecutiveFailures, failurePercent, minimumRequests } = this.#rules;
    const { total, failed } = this.#window;
    if (this.#consecutive >= consecutiveFailures) return true;
    return total >= minimumRequests && failed * 100 >= failurePercent * total;
  }

  #open(): void {
    const now = this.#parts.now();
    const { openMs, longestOpenMs } = this.#rules;
    const isFirst = !this.#isOpen && now - this.#closedAt > longestOpenMs;
    this.#openMs = isFirst ? openMs : Math.min(this.#openMs * 2, longestOpenMs);
    this.#isOpen = true;
    this.#openUntil = now + this.#openMs;
    this.#probeUntil = -Infinity;
    this.#parts.onOpen?.(this.#openMs);
  }
}
