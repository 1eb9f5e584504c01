import { Pool } from 'undici';
import { guardedLookup } from './address-guard.js';
import type { Candidate } from './balancing.js';
import type { InstanceHealth } from './instance-health.js';
import type { Instance } from './instance.js';
import { createLatencies } from './latencies.js';

const RECENT_ERRORS = 10;

export interface RecentError {
  /** ISO 8601, UTC */
  at: string;
  reason: string;
}

/** An instance as the gateway knows it: its connections, its health and its figures. */
export class Member implements Candidate {
  inFlight = 0;
  requests = 0;
  failures = 0;
  readonly latencies = createLatencies();
  readonly errors: RecentError[] = [];

  constructor(
    public instance: Instance,
    readonly pool: Pool,
    readonly health: InstanceHealth,
  ) {}

  get url(): string {
    return this.instance.url;
  }

  get weight(): number {
    return this.instance.weight * this.health.warmth;
  }

  answered(ms: number): void {
    this.latencies.add(ms);
    this.health.succeeded();
  }

  failed(reason: string): void {
    this.failures += 1;
    this.errors.unshift({ at: new Date().toISOString(), reason });
    if (this.errors.length > RECENT_ERRORS) this.errors.pop();
    this.health.failed(reason);
  }
}

interface PoolOptions {
  connectMs: number;
  /** Requests under way at once, at most: so none ever waits for a connection. */
  connections: number;
  allowPrivate: boolean;
  refused: (host: string, address: string) => void;
}

/** Kept-alive connections to one origin. It follows no redirect and knows no proxy. */
export function openPool(url: string, { connectMs, connections, allowPrivate, refused }: PoolOptions): Pool {
  return new Pool(url, {
    connections,
    pipelining: 1,
    headersTimeout: 0, // an Exchange has timers of its own, to the millisecond
    bodyTimeout: 0,
    connect: { timeout: connectMs, lookup: guardedLookup({ allowPrivate, refused }) },
  });
}
