import { performance } from 'node:perf_hooks';
import { InstancePool } from './balancing/instance-pool.js';
import type { Instance } from './balancing/instance.js';
import type { UpstreamDefinition } from './config/upstreams-file.js';
import type { InstanceSource } from './discovery/instance-source.js';
import type { BreakerState } from './health/circuit-breaker.js';
import type { UpstreamHealth } from './health/upstream-health.js';
import type { Log } from './log.js';
import type { CallSignal } from './proxy/call-signal.js';
import { ClientShares, type ClientKey } from '../limits/client-shares.js';
import { ClientDisconnected, TimedOut, failureOf, isNeutral, unavailable, wasUnsent } from './proxy/failures.js';
import { ProxyExchange, type Limits, type Outgoing } from './proxy/proxy-exchange.js';
import { createRetryBudget } from './proxy/retry-budget.js';
import type { UploadBody } from './proxy/upload-body.js';
import { createAllowList, type AllowList } from './proxy/upstream-path.js';
import { ResponseCache } from './response-cache/response-cache.js';

/** A request to an upstream, whichever instance serves it. */
export interface Call extends Omit<Outgoing, 'body'> {
  body: UploadBody | undefined;
  /** Leads to the same instance again, with address-hash. */
  key: string;
  /** Whose share an event stream counts against; undefined for none. */
  client: ClientKey | undefined;
  /** Aborts it when its client disconnects. */
  signal: CallSignal;
}

interface UpstreamOptions {
  name: string;
  definition: UpstreamDefinition;
  source: InstanceSource;
  health: UpstreamHealth;
  log: Log;
}

/** RFC 9110 section 9.2.2 */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** The event streams of one client use at most `maxConcurrent` divided by this, unless the declaration says otherwise. */
const STREAM_SHARE = 4;
/** Statuses of a proxy in front of a service that is away, rather than of the service. */
const AWAY = new Set([502, 503, 504]);

/** A service behind the gateway: its instances, the rules for requests to it, and its figures. */
export class Upstream {
  readonly name: string;
  readonly definition: UpstreamDefinition;
  readonly allowList: AllowList;
  /** Undefined if the declaration has no `cache`. */
  readonly cache: ResponseCache | undefined;
  inFlight = 0;
  websockets = 0;
  refused = 0;
  retries = 0;
  readonly #options: UpstreamOptions;
  readonly #streams: ClientShares;
  readonly #retryBudget;
  readonly #pool: InstancePool;
  #drained: (() => void) | undefined;

  constructor(options: UpstreamOptions) {
    const { name, definition } = options;
    this.#options = options;
    this.name = name;
    this.definition = definition;
    this.cache = definition.cache && new ResponseCache(definition.cache);
    this.allowList = createAllowList(definition.allow);
    this.#streams = new ClientShares(
      definition.maxStreamsPerClient ?? Math.max(1, Math.floor(definition.maxConcurrent / STREAM_SHARE)),
    );
    this.#retryBudget = createRetryBudget(definition.retries.budgetPercent);
    this.#pool = new InstancePool(options);
    this.#pool.update(options.source.current());
  }

  /** Whether anonymous callers are refused. */
  get requiresSignIn(): boolean {
    const { token, access = token === 'user' ? 'signed-in' : 'anyone' } = this.definition;
    return access === 'signed-in' || token === 'user';
  }

  get breaker(): BreakerState {
    return this.#options.health.breaker.state;
  }

  get instances(): readonly Instance[] {
    return this.#pool.all;
  }

  async start(): Promise<void> {
    const { source } = this.#options;
    await source.start((instances) => this.#pool.update(instances));
    this.#pool.update(source.current());
  }

  /** Returns whether an origin is one of its instances: a redirect may lead there. */
  has(origin: string): boolean {
    return this.#pool.all.some(({ url }) => url === origin);
  }

  /**
   * Sends a request to an instance, and to others if that fails and a retry is safe. Resolves with the head of the
   * response, whose body then waits for `sendTo`.
   *
   * @throws UpstreamFailed, UpstreamTimeout, Unavailable, TooLarge; ClientDisconnected
   */
  async send(call: Call): Promise<ProxyExchange> {
    const { maxConcurrent, timeouts } = this.definition;
    if (this.inFlight >= maxConcurrent) {
      this.refused += 1;
      throw unavailable(this.name, `${maxConcurrent} requests are in flight`);
    }
    const { breaker } = this.#options.health;
    if (!breaker.allow()) throw unavailable(this.name, 'too many of its last requests failed');
    this.inFlight += 1;
    this.#retryBudget.earn();
    const limits = { ...timeouts, deadlineAt: performance.now() + timeouts.totalMs };
    try {
      const exchange = await this.#tryInstances(call, limits);
      const streamOf = exchange.isEventStream ? call.client : undefined;
      if (streamOf !== undefined) this.#admitStream(exchange, streamOf);
      exchange.whenOver(() => {
        if (streamOf !== undefined) this.#streams.release(streamOf);
        this.#release();
      });
      if (AWAY.has(exchange.status)) breaker.failed();
      else breaker.succeeded();
      return exchange;
    } catch (error) {
      this.#release();
      if (isNeutral(error)) breaker.abandoned();
      else breaker.failed();
      throw failureOf(this.name, error);
    }
  }

  /** Closes it after its requests in flight. No new ones may be sent. */
  async drain(): Promise<void> {
    await this.#options.source.close();
    this.#options.health.close();
    if (this.inFlight > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    await this.#pool.close();
  }

  async #tryInstances(call: Call, limits: Limits): Promise<ProxyExchange> {
    const tried: Instance[] = [];
    for (;;) {
      const instance = this.#pool.choose(call.key, tried);
      if (!instance) throw unavailable(this.name, 'no instance is available');
      tried.push(instance);
      try {
        const exchange = await this.#sendTo(instance, call, limits);
        if (!AWAY.has(exchange.status) || !this.#mayRetry(call, tried)) return exchange;
        exchange.abort(new ClientDisconnected('retried on another instance'));
      } catch (error) {
        if (!this.#mayRetry(call, tried, error)) throw error;
        if (performance.now() >= limits.deadlineAt) throw new TimedOut('the whole exchange');
      }
      this.retries += 1;
      if (call.body) call = { ...call, body: call.body.again() };
    }
  }

  /** Returns whether a retry is safe, could help, and is within the budget, from which it is then taken. */
  #mayRetry({ method, body, signal }: Call, tried: readonly Instance[], failure?: unknown): boolean {
    if (isNeutral(failure) || signal.aborted || tried.length > this.definition.retries.attempts) return false;
    const unsent = failure !== undefined && wasUnsent(failure) && body?.started !== true;
    if (!unsent && (body !== undefined || !IDEMPOTENT.has(method))) return false;
    return this.#pool.hasAnother(tried) && this.#retryBudget.spend();
  }

  async #sendTo(instance: Instance, call: Call, limits: Limits): Promise<ProxyExchange> {
    const startedAt = performance.now();
    instance.inFlight += 1;
    instance.requests += 1;
    const exchange = new ProxyExchange(limits, (error) => {
      instance.inFlight -= 1;
      if (isNeutral(error)) instance.health.abandoned();
      else if (error) instance.failed(reasonOf(error));
    });
    call.signal.onAbort = () => exchange.abort();
    await exchange.start(instance.connections, call);
    if (AWAY.has(exchange.status)) instance.failed(`status ${exchange.status}`);
    else instance.succeeded(performance.now() - startedAt);
    return exchange;
  }

  /** An event stream may be open for hours: those of one client must not use all of `maxConcurrent`. @throws Unavailable */
  #admitStream(exchange: ProxyExchange, client: ClientKey): void {
    if (this.#streams.take(client)) return;
    exchange.abort(new ClientDisconnected('too many event streams of one client'));
    this.refused += 1;
    throw unavailable(this.name, `one client has ${this.#streams.share} event streams open`);
  }

  #release(): void {
    this.inFlight -= 1;
    if (this.inFlight === 0) this.#drained?.();
  }
}

function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error.message : `${code}: ${error.message}`;
}
