import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { AnswerSink } from './exchange.js';
import type { UpstreamDefinition } from './upstreams-file.js';

/** Of one upstream, headers not counted. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** What an entry costs besides its body. */
const ENTRY_BYTES = 1_024;
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
    sizeCalculation: ({ body }) => body.length + ENTRY_BYTES,
  });
  /** By account and path: the request headers that its answers depend on. */
  readonly #varies = new LRUCache<string, readonly string[]>({ max: 10_000 });

  constructor(rule: CacheRule) {
    this.#rule = rule;
  }

  find(question: Question): KeptAnswer | undefined {
    const names = this.#varies.get(placeOf(question));
    const kept = names && this.#answers.get(keyOf(question, names));
    return kept && performance.now() < kept.usableUntil ? kept : undefined;
  }

  /** A sink that passes everything on, and keeps the answer if it may be kept and has come to its end. */
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
        if (chunks) this.#keep(question, headers, Buffer.concat(chunks), lifetime);
        sink.end(last, trailers);
      },
    };
  }

  #keep(question: Question, headers: IncomingHttpHeaders, body: Buffer, { ageMs, freshMs, usableMs }: Lifetime): void {
    const names = (headers.vary ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
      .toSorted();
    const now = performance.now();
    this.#varies.set(placeOf(question), names);
    this.#answers.set(keyOf(question, names), {
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
    const [, declared] = /\bs-maxage="?(\d{1,9})/i.exec(control) ?? /\bmax-age="?(\d{1,9})/i.exec(control) ?? [];
    const ageMs = (Number(headers.age) || 0) * SECOND_MS; // section 4.2.3: it was kept elsewhere before
    const allowedMs = Math.max(0, Number(declared ?? Infinity) * SECOND_MS - ageMs);
    const freshMs = Math.min(this.#rule.seconds * SECOND_MS, allowedMs);
    const mayBeStale = !/\b(?:must-revalidate|proxy-revalidate)\b/i.test(control);
    return { ageMs, freshMs, usableMs: mayBeStale ? freshMs + this.#rule.staleIfErrorSeconds * SECOND_MS : freshMs };
  }
}

function placeOf({ path, userId }: Question): string {
  return `${userId ?? ''} ${path}`;
}

function keyOf(question: Question, names: readonly string[]): string {
  const { headers } = question;
  const valuesOf = (name: string) => headers.filter((_, index) => index % 2 === 1 && headers[index - 1] === name);
  return [placeOf(question), ...names.map((name) => `${name}:${valuesOf(name).join()}`)].join('\n');
}
