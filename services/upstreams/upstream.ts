import { performance } from 'node:perf_hooks';
import { DomainError } from '../errors.js';
import type { BreakerState } from './circuit-breaker.js';
import { ClientShares, type ClientKey } from './client-shares.js';
import { Exchange, type Limits, type Outgoing } from './exchange.js';
import { ClientGone, TimedOut, failureOf, unavailable, wasUnsent } from './failures.js';
import type { InstanceSource } from './instance-source.js';
import { KeptAnswers } from './kept-answers.js';
import type { Log } from './log.js';
import { MemberGroup } from './member-group.js';
import type { Member } from './member.js';
import { createRetryBudget } from './retry-budget.js';
import type { UploadBody } from './upload-body.js';
import { createAllowList, type AllowList } from './upstream-path.js';
import type { UpstreamHealth } from './upstream-health.js';
import type { UpstreamDefinition } from './upstreams-file.js';

/** One request, whichever instance answers it in the end. */
export interface Call extends Omit<Outgoing, 'body'> {
  body: UploadBody | undefined;
  /** Leads to the same instance again, with address-hash. */
  key: string;
  /** Who asks, and has a share of the event streams; undefined where none is asked for. */
  client: ClientKey | undefined;
  /** Ends it when whoever asked has gone. */
  signal: CallSignal;
}

/** Says that nobody waits any more. Costs less than an AbortSignal, of which every request would need one. */
export class CallSignal {
  gone = false;
  onGone: (() => void) | undefined;
  leave(): void {
    this.gone = true;
    this.onGone?.();
  }
}

interface Parts {
  name: string;
  definition: UpstreamDefinition;
  source: InstanceSource;
  health: UpstreamHealth;
  log: Log;
}

/** Of RFC 9110 section 9.2.2: asked twice they do what they do once. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** One client's event streams take this part of `maxConcurrent` at most, unless the declaration says otherwise. */
const STREAM_SHARE = 4;
/** Answers of whatever stands before a service that is away, rather than of the service. */
const AWAY = new Set([502, 503, 504]);

/** A service behind us: who its instances are, whether and how they may be asked, and what has come of it. */
export class Upstream {
  readonly name: string;
  readonly definition: UpstreamDefinition;
  readonly allowList: AllowList;
  /** Answers that may be given again; undefined without a rule for them. */
  readonly kept: KeptAnswers | undefined;
  inFlight = 0;
  websockets = 0;
  refused = 0;
  retries = 0;
  readonly #parts: Parts;
  readonly #streams: ClientShares;
  readonly #budget;
  readonly #group: MemberGroup;
  #retired: (() => void) | undefined;

  constructor(parts: Parts) {
    const { name, definition } = parts;
    this.#parts = parts;
    this.name = name;
    this.definition = definition;
    this.kept = definition.cache && new KeptAnswers(definition.cache);
    this.allowList = createAllowList(definition.allow);
    this.#streams = new ClientShares(
      definition.maxStreamsPerClient ?? Math.max(1, Math.floor(definition.maxConcurrent / STREAM_SHARE)),
    );
    this.#budget = createRetryBudget(definition.retries.budgetPercent);
    this.#group = new MemberGroup(parts);
    this.#group.update(parts.source.current());
  }

  /** Whether strangers are turned away. */
  get isForMembers(): boolean {
    const { token, access = token === 'user' ? 'signed-in' : 'anyone' } = this.definition;
    return access === 'signed-in' || token === 'user';
  }

  get breaker(): BreakerState {
    return this.#parts.health.breaker.state;
  }

  get members(): readonly Member[] {
    return this.#group.all;
  }

  async start(): Promise<void> {
    await this.#parts.source.start((instances) => this.#group.update(instances));
    this.#group.update(this.#parts.source.current());
  }

  /** Whether an address is one of ours: what a redirect may lead to. */
  has(origin: string): boolean {
    return this.#group.all.some(({ url }) => url === origin);
  }

  /**
   * Asks an instance, and others if that fails and asking again is safe. Resolves with the head of the answer, whose
   * body then waits for `sendTo`.
   *
   * @throws UpstreamFailed, UpstreamTimeout, Unavailable, TooLarge; ClientGone
   */
  async send(call: Call): Promise<Exchange> {
    const { maxConcurrent, timeouts } = this.definition;
    if (this.inFlight >= maxConcurrent) {
      this.refused += 1;
      throw unavailable(this.name, `${maxConcurrent} requests are under way`);
    }
    const { breaker } = this.#parts.health;
    if (!breaker.allow()) throw unavailable(this.name, 'it has failed too often of late');
    this.inFlight += 1;
    this.#budget.earn();
    const limits = { ...timeouts, deadlineAt: performance.now() + timeouts.totalMs };
    try {
      const exchange = await this.#tryInstances(call, limits);
      const streamOf = exchange.isEndless ? call.client : undefined;
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
      if (saysNothing(error)) breaker.abandoned();
      else breaker.failed();
      throw failureOf(this.name, error);
    }
  }

  /** Ends once the requests under way have: new ones go to whatever took its place. */
  async retire(): Promise<void> {
    await this.#parts.source.close();
    this.#parts.health.close();
    if (this.inFlight > 0) await new Promise<void>((resolve) => (this.#retired = resolve));
    await this.#group.close();
  }

  async #tryInstances(call: Call, limits: Limits): Promise<Exchange> {
    const tried: Member[] = [];
    for (;;) {
      const member = this.#group.choose(call.key, tried);
      if (!member) throw unavailable(this.name, 'no instance may be asked');
      tried.push(member);
      let failure: unknown;
      try {
        const exchange = await this.#exchange(call, limits, member);
        if (!AWAY.has(exchange.status) || !this.#mayRetry(call, tried)) return exchange;
        exchange.abort(new ClientGone('another instance is asked instead'));
      } catch (error) {
        failure = error;
        if (!this.#mayRetry(call, tried, failure)) throw error;
        if (performance.now() >= limits.deadlineAt) throw new TimedOut('everything together');
      }
      this.retries += 1;
      if (call.body) call = { ...call, body: call.body.again() };
    }
  }

  /** Whether asking again is safe, could help, and is within the budget, which it then uses. */
  #mayRetry({ method, body, signal }: Call, tried: readonly Member[], failure?: unknown): boolean {
    if (saysNothing(failure) || signal.gone || tried.length > this.definition.retries.attempts) return false;
    const unsent = failure !== undefined && wasUnsent(failure) && body?.started !== true;
    if (!unsent && (body !== undefined || !IDEMPOTENT.has(method))) return false;
    return this.#group.hasAnother(tried) && this.#budget.spend();
  }

  async #exchange(call: Call, limits: Limits, member: Member): Promise<Exchange> {
    const startedAt = performance.now();
    member.inFlight += 1;
    member.requests += 1;
    const exchange = new Exchange(limits, (error) => {
      member.inFlight -= 1;
      if (saysNothing(error)) member.health.abandoned();
      else if (error) member.failed(reasonOf(error));
    });
    call.signal.onGone = () => exchange.leave();
    await exchange.start(member.pool, call);
    if (AWAY.has(exchange.status)) member.failed(`status ${exchange.status}`);
    else member.answered(performance.now() - startedAt);
    return exchange;
  }

  /** An event stream holds its place for hours: those of one client must not take all. @throws Unavailable */
  #admitStream(exchange: Exchange, client: ClientKey): void {
    if (this.#streams.take(client)) return;
    exchange.abort(new ClientGone('its client has enough event streams'));
    this.refused += 1;
    throw unavailable(this.name, `one client has ${this.#streams.share} event streams open`);
  }

  #release(): void {
    this.inFlight -= 1;
    if (this.inFlight === 0) this.#retired?.();
  }
}

/** Of whoever was asked: the one who asked has left, or what was asked was refused by us. */
const saysNothing = (error: unknown): boolean => error instanceof ClientGone || error instanceof DomainError;

function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error.message : `${code}: ${error.message}`;
}
