import type { Pool } from 'undici';
import type { InstanceDefinition } from '../discovery/instance-definition.js';
import type { InstanceHealth } from '../health/instance-health.js';
import type { Candidate } from './balancing.js';
import { createLatencies } from './latencies.js';

const RECENT_ERRORS = 10;

export interface RecentError {
  /** ISO 8601, UTC */
  at: string;
  reason: string;
}

/** An instance of an upstream: its connections, its health and its figures. */
export class Instance implements Candidate {
  inFlight = 0;
  requests = 0;
  failures = 0;
  readonly latencies = createLatencies();
  readonly errors: RecentError[] = [];

  constructor(
    public definition: InstanceDefinition,
    readonly connections: Pool,
    readonly health: InstanceHealth,
  ) {}

  get url(): string {
    return this.definition.url;
  }

  get weight(): number {
    return this.definition.weight * this.health.warmth;
  }

  succeeded(ms: number): void {
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
