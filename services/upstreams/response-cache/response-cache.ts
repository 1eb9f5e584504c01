import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { ResponseSink } from '../proxy/proxy-exchange.js';
import { freshnessOf, type CacheRule, type Freshness } from './freshness.js';

/** Of all responses of one upstream. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_RESPONSE_BYTES = 1024 * 1024;
/** Of path and selecting headers together: longer ones are seldom requested twice. */
const MAX_KEY_LENGTH = 2_048;
/** The size of an entry besides its text and body. */
const ENTRY_BYTES = 1_024;
const MAX_VARY_BYTES = 2 * 1024 * 1024;
/** Invalidations that are listed by path. A response that was requested before an evicted one is not stored. */
const MAX_INVALIDATIONS = 1_000;

export interface CachedResponse {
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** When the upstream made it, by `performance.now()`: earlier than it was stored if it came with an age. */
  madeAt: number;
  freshUntil: number;
  /** Until when it may be used if the upstream cannot answer (RFC 5861 section 4). */
  usableUntil: number;
}

/** What identifies a response. */
export interface CacheKey {
  path: string;
  /** Header names and values in turn, as sent to the upstream: what the client claims is not used. */
  headers: readonly string[];
  /** The account whose token is sent along: its responses are for no other account. */
  userId: number | undefined;
  /** The cache's epoch before the request was sent: its response is not stored if the path is invalidated later. */
  epoch: number;
}

/** All responses to one path, of every account: a write invalidates each of them (RFC 9111 section 4.4). */
interface VaryEntry {
  /** Changes with each invalidation, so that no older response is found. */
  id: number;
  /** The request headers that select a response (RFC 9110 section 12.5.5). */
  names: readonly string[];
}

/**
 * Caches responses to GET for as long as declaration and response allow (RFC 9111): shared, or per account where the
 * account's token is sent along.
 */
export class ResponseCache {
  readonly #rule: CacheRule;
  readonly #responses = new LRUCache<string, CachedResponse>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ headers, body }, key) => body.length + 2 * (key.length + lengthOf(headers)) + ENTRY_BYTES,
  });
  readonly #varyEntries = new LRUCache<string, VaryEntry>({
    maxSize: MAX_VARY_BYTES,
    sizeCalculation: ({ names }, key) => 2 * (key.length + names.join('').length) + 100,
  });
  #count = 0;
  #epoch = 0;
  /** The epoch that each path's last invalidation started, oldest first. */
  readonly #invalidated = new Map<string, number>();
  /** The newest epoch that `#invalidated` has evicted. */
  #evicted = 0;

  constructor(rule: CacheRule) {
    this.#rule = rule;
  }

  /** The number of invalidations. */
  get epoch(): number {
    return this.#epoch;
  }

  find(key: CacheKey): CachedResponse | undefined {
    const vary = this.#varyEntries.get(key.path);
    const found = vary && this.#responses.get(serialize(key, vary));
    return found && performance.now() < found.usableUntil ? found : undefined;
  }

  /** Invalidates all responses to a path after an unsafe request to it (RFC 9111 section 4.4). */
  invalidate(path: string): void {
    if (path.length > MAX_KEY_LENGTH) return; // nothing is stored under it
    this.#varyEntries.delete(path);
    this.#invalidated.delete(path); // so that it becomes the newest
    this.#invalidated.set(path, (this.#epoch += 1));
    if (this.#invalidated.size <= MAX_INVALIDATIONS) return;
    const [oldest] = this.#invalidated;
    if (!oldest) return;
    this.#invalidated.delete(oldest[0]);
    this.#evicted = oldest[1];
  }

  /** Returns a sink that passes everything on, and stores the response once complete, unless a write came between. */
  recording(key: CacheKey, headers: IncomingHttpHeaders, sink: ResponseSink): ResponseSink {
    const freshness = freshnessOf(headers, this.#rule, key.userId === undefined);
    if (!freshness) return sink;
    let chunks: Buffer[] | undefined = [];
    let bytes = 0;
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_RESPONSE_BYTES) chunks = undefined;
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
        if (chunks && this.#isCurrent(key)) this.#store(key, headers, Buffer.concat(chunks), freshness);
        sink.end(last, trailers);
      },
    };
  }

  /** Returns whether the path was not invalidated since the request. */
  #isCurrent({ path, epoch }: CacheKey): boolean {
    return (this.#invalidated.get(path) ?? this.#evicted) <= epoch;
  }

  #store(key: CacheKey, headers: IncomingHttpHeaders, body: Buffer, { ageMs, freshMs, usableMs }: Freshness): void {
    const names = (headers.vary ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
      .toSorted();
    const known = this.#varyEntries.get(key.path);
    const vary = known?.names.join() === names.join() ? known : { id: this.#count++, names };
    const serialized = serialize(key, vary);
    if (key.path.length + serialized.length > MAX_KEY_LENGTH) return;
    this.#varyEntries.set(key.path, vary);
    const now = performance.now();
    this.#responses.set(serialized, {
      headers,
      body,
      madeAt: now - ageMs,
      freshUntil: now + freshMs,
      usableUntil: now + Math.max(freshMs, usableMs),
    });
  }
}

function lengthOf(headers: IncomingHttpHeaders): number {
  return Object.entries(headers).flat(2).join('').length;
}

function serialize({ headers, userId }: CacheKey, { id, names }: VaryEntry): string {
  const valuesOf = (name: string) => headers.filter((_, index) => index % 2 === 1 && headers[index - 1] === name);
  return [id, userId ?? '', ...names.map((name) => `${name}:${valuesOf(name).join()}`)].join('\n');
}
