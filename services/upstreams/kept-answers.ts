import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { AnswerSink } from './exchange.js';
import type { UpstreamDefinition } from './upstreams-file.js';

/** Of one upstream, in all. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Of path and headers that an answer depends on: longer ones are seldom asked for twice. */
const MAX_KEY_LENGTH = 2_048;
/** What an entry costs besides its text and body. */
const ENTRY_BYTES = 1_024;
const MAX_PLACES_BYTES = 2 * 1024 * 1024;
/** Invalidations that are listed by key. A response that was asked for before an evicted one is not stored. */
const MAX_INVALIDATIONS = 1_000;
const SECOND_MS = 1_000;

export interface KeptAnswer {
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** When it was made, by `performance.now()`: before it was kept, if it came with an age. */
  madeAt: number;
  freshUntil: number;
  /** How long it may stand in for an answer that cannot be had (RFC 5861 section 4). */
  usableUntil: number;
}

/** What was asked. */
export interface Question {
  path: string;
  /** Header names and values by turns, as the upstream is sent them: what a client claims says nothing. */
  headers: readonly string[];
  /** The account whose token went along; nobody's answer is anybody else's then. */
  userId: number | undefined;
  /** Of the cache, before the upstream was asked: what it answers is not stored once a later one changed what is there. */
  epoch: number;
}
/** All answers to one path, whoever they are for: a write makes each of them invalid (RFC 9111 section 4.4). */
interface Place {
  /** Another one after the place was forgotten, so that none of its answers is found any more. */
  id: number;
  /** The request headers that its answers depend on. */
  names: readonly string[];
}
type CacheRule = NonNullable<UpstreamDefinition['cache']>;

interface Lifetime {
  ageMs: number;
  freshMs: number;
  usableMs: number;
}

/** Answers to GET, kept as long as declaration and answer agree to (RFC 9111): for everybody, or for one account each. */
export class KeptAnswers {
  readonly #rule: CacheRule;
  readonly #answers = new LRUCache<string, KeptAnswer>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ headers, body }, key) => body.length + 2 * (key.length + lengthOf(headers)) + ENTRY_BYTES,
  });
  readonly #places = new LRUCache<string, Place>({
    maxSize: MAX_PLACES_BYTES,
    sizeCalculation: ({ names }, key) => 2 * (key.length + names.join('').length) + 100,
  });
  #count = 0;
  #epoch = 0;
  /** The epoch that each path's last invalidation began, oldest first. */
  readonly #invalidated = new Map<string, number>();
  /** The newest epoch that `#invalidated` has evicted. */
  #evicted = 0;

  constructor(rule: CacheRule) {
    this.#rule = rule;
  }

  /** How often anything was invalidated. */
  get epoch(): number {
    return this.#epoch;
  }

  find(question: Question): KeptAnswer | undefined {
    const place = this.#places.get(question.path);
    const kept = place && this.#answers.get(answerKey(place, question));
    return kept && performance.now() < kept.usableUntil ? kept : undefined;
  }

  /** After a request that may have changed what is there (RFC 9111 section 4.4). */
  forget(path: string): void {
    if (path.length > MAX_KEY_LENGTH) return; // nothing is stored under it
    this.#places.delete(path);
    this.#invalidated.delete(path); // so that it becomes the newest
    this.#invalidated.set(path, (this.#epoch += 1));
    if (this.#invalidated.size <= MAX_INVALIDATIONS) return;
    const [oldest] = this.#invalidated;
    if (!oldest) return;
    this.#invalidated.delete(oldest[0]);
    this.#evicted = oldest[1];
  }

  /** A sink that passes everything on, and stores the response once it is complete, unless a write came between. */
  recording(question: Question, headers: IncomingHttpHeaders, sink: AnswerSink): AnswerSink {
    const lifetime = this.#lifetimeOf(headers, question);
    if (!lifetime) return sink;
    let chunks: Buffer[] | undefined = [];
    let bytes = 0;
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) chunks = undefined;
      chunks?.push(chunk);
    };
    return {
      ...sink,
      write(chunk) {
        take(chunk);
        return sink.write(chunk);
      },
      end: (last, trailers) => {
        if (last) take(last);
        if (chunks && this.#isCurrent(question)) this.#keep(question, headers, Buffer.concat(chunks), lifetime);
        sink.end(last, trailers);
      },
    };
  }

  /** Whether nothing was changed there since it was asked for. */
  #isCurrent({ path, epoch }: Question): boolean {
    return (this.#invalidated.get(path) ?? this.#evicted) <= epoch;
  }

  #keep(question: Question, headers: IncomingHttpHeaders, body: Buffer, { ageMs, freshMs, usableMs }: Lifetime): void {
    const names = (headers.vary ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
      .toSorted();
    const known = this.#places.get(question.path);
    const place = known?.names.join() === names.join() ? known : { id: this.#count++, names };
    const key = answerKey(place, question);
    if (question.path.length + key.length > MAX_KEY_LENGTH) return;
    this.#places.set(question.path, place);
    const now = performance.now();
    this.#answers.set(key, {
      headers,
      body,
      madeAt: now - ageMs,
      freshUntil: now + freshMs,
      usableUntil: now + Math.max(freshMs, usableMs),
    });
  }

  /** Undefined for what may not be kept at all (RFC 9111 section 3). What is one account's own may be `private`. */
  #lifetimeOf(headers: IncomingHttpHeaders, { userId }: Question): Lifetime | undefined {
    const control = headers['cache-control'] ?? '';
    if (/\b(?:no-store|no-cache)\b/i.test(control) || headers.vary?.includes('*') || headers['set-cookie'])
      return undefined;
    if (userId === undefined && /\bprivate\b/i.test(control)) return undefined;
    const ageMs = ageOf(headers);
    const allowedMs = Math.max(0, lifetimeIn(headers, userId !== undefined) - ageMs);
    const freshMs = Math.min(this.#rule.seconds * SECOND_MS, allowedMs);
    const mayBeStale = !/\b(?:must-revalidate|proxy-revalidate)\b/i.test(control);
    return { ageMs, freshMs, usableMs: mayBeStale ? freshMs + this.#rule.staleIfErrorSeconds * SECOND_MS : freshMs };
  }
}

function lengthOf(headers: IncomingHttpHeaders): number {
  return Object.entries(headers).flat(2).join('').length;
}

/** How long ago it was made, as far as it says (RFC 9111 section 4.2.3). */
function ageOf({ age, date }: IncomingHttpHeaders): number {
  const apparentMs = Date.now() - Date.parse(date ?? '');
  return Math.max(0, (Number(age) || 0) * SECOND_MS, apparentMs || 0);
}

/** How long it is fresh, of its own accord (RFC 9111 section 4.2.1); what cannot be read is over already. */
function lifetimeIn({ 'cache-control': control = '', expires, date }: IncomingHttpHeaders, forOne: boolean): number {
  const [, shared] = (!forOne && /\bs-maxage\s*=\s*"?([^",\s]*)/i.exec(control)) || [];
  const [, usual] = /(?<!-)\bmax-age\s*=\s*"?([^",\s]*)/i.exec(control) ?? [];
  const seconds = shared ?? usual;
  if (seconds !== undefined) return /^\d+$/.test(seconds) ? Number(seconds) * SECOND_MS : 0;
  if (expires === undefined) return Infinity;
  return Date.parse(expires) - (Date.parse(date ?? '') || Date.now()) || 0;
}

function answerKey({ id, names }: Place, { headers, userId }: Question): string {
  const valuesOf = (name: string) => headers.filter((_, index) => index % 2 === 1 && headers[index - 1] === name);
  return [id, userId ?? '', ...names.map((name) => `${name}:${valuesOf(name).join()}`)].join('\n');
}
