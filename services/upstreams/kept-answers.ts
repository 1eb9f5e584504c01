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
  /** `performance.now()` */
  keptAt: number;
  freshUntil: number;
  /** How long it may stand in for an answer that cannot be had (RFC 5861 section 4). */
  usableUntil: number;
}

type Sent = readonly string[];
type CacheRule = NonNullable<UpstreamDefinition['cache']>;

/** Answers to GET that are the same for everybody, kept as long as declaration and answer agree to (RFC 9111). */
export class KeptAnswers {
  readonly #rule: CacheRule;
  readonly #answers = new LRUCache<string, KeptAnswer>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ body }) => body.length + ENTRY_BYTES,
  });
  /** By path: the request headers that its answers depend on, as the upstream is sent them: clients may claim anything. */
  readonly #varies = new LRUCache<string, readonly string[]>({ max: 10_000 });

  constructor(rule: CacheRule) {
    this.#rule = rule;
  }

  /** @param sent names and values by turns. */
  find(path: string, sent: Sent): KeptAnswer | undefined {
    const names = this.#varies.get(path);
    const kept = names && this.#answers.get(keyOf(path, names, sent));
    return kept && performance.now() < kept.usableUntil ? kept : undefined;
  }

  /** A sink that passes everything on, and keeps the answer if it may be kept and has come to its end. */
  recording(path: string, sent: Sent, headers: IncomingHttpHeaders, sink: AnswerSink): AnswerSink {
    const lifetime = this.#lifetimeOf(headers);
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
        if (chunks) this.#keep(path, sent, headers, Buffer.concat(chunks), lifetime);
        sink.end(last, trailers);
      },
    };
  }

  #keep(
    path: string,
    sent: Sent,
    headers: IncomingHttpHeaders,
    body: Buffer,
    { freshMs, usableMs }: { freshMs: number; usableMs: number },
  ): void {
    const names = (headers.vary ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
      .toSorted();
    const now = performance.now();
    this.#varies.set(path, names);
    this.#answers.set(keyOf(path, names, sent), {
      headers,
      body,
      keptAt: now,
      freshUntil: now + freshMs,
      usableUntil: now + Math.max(freshMs, usableMs),
    });
  }

  /** Undefined for what may not be kept at all (RFC 9111 section 3). */
  #lifetimeOf(headers: IncomingHttpHeaders): { freshMs: number; usableMs: number } | undefined {
    const control = headers['cache-control'] ?? '';
    if (/\b(?:no-store|no-cache|private)\b/i.test(control) || headers.vary?.includes('*') || headers['set-cookie'])
      return undefined;
    const [, declared] = /\bs-maxage="?(\d{1,9})/i.exec(control) ?? /\bmax-age="?(\d{1,9})/i.exec(control) ?? [];
    const freshMs = Math.min(this.#rule.seconds, Number(declared ?? Infinity)) * SECOND_MS;
    const mayBeStale = !/\b(?:must-revalidate|proxy-revalidate)\b/i.test(control);
    return { freshMs, usableMs: mayBeStale ? freshMs + this.#rule.staleIfErrorSeconds * SECOND_MS : freshMs };
  }
}

function keyOf(path: string, names: readonly string[], sent: Sent): string {
  const valuesOf = (name: string) => sent.filter((_, index) => index % 2 === 1 && sent[index - 1] === name);
  return [path, ...names.map((name) => `${name}:${valuesOf(name).join()}`)].join('\n');
}
