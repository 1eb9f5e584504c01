import type { IncomingHttpHeaders } from 'node:http';
import type { UpstreamDefinition } from '../config/upstreams-file.js';

export type CacheRule = NonNullable<UpstreamDefinition['cache']>;

/** How long a response may be used, in milliseconds. */
export interface Freshness {
  /** How old it was when it arrived. */
  ageMs: number;
  freshMs: number;
  /** How long it may be used while the upstream cannot answer (RFC 5861 section 4). */
  usableMs: number;
}

const SECOND_MS = 1_000;

/**
 * Returns how long a response may be used, or undefined if it must not be stored (RFC 9111 section 3). An account's own
 * responses may be `private`.
 *
 * @param isShared whether it is for all clients, not for one account.
 */
export function freshnessOf(headers: IncomingHttpHeaders, rule: CacheRule, isShared: boolean): Freshness | undefined {
  const control = headers['cache-control'] ?? '';
  if (/\b(?:no-store|no-cache)\b/i.test(control) || headers.vary?.includes('*') || headers['set-cookie'])
    return undefined;
  if (isShared && /\bprivate\b/i.test(control)) return undefined;
  const ageMs = ageOf(headers);
  const allowedMs = Math.max(0, lifetimeOf(headers, isShared) - ageMs);
  const freshMs = Math.min(rule.seconds * SECOND_MS, allowedMs);
  const mayBeStale = !/\b(?:must-revalidate|proxy-revalidate)\b/i.test(control);
  return { ageMs, freshMs, usableMs: mayBeStale ? freshMs + rule.staleIfErrorSeconds * SECOND_MS : freshMs };
}

/** Returns how old a response is by its own headers (RFC 9111 section 4.2.3). */
function ageOf({ age, date }: IncomingHttpHeaders): number {
  const apparentMs = Date.now() - Date.parse(date ?? '');
  return Math.max(0, (Number(age) || 0) * SECOND_MS, apparentMs || 0);
}

/** Returns the lifetime that a response declares (RFC 9111 section 4.2.1); zero for one that is not readable. */
function lifetimeOf({ 'cache-control': control = '', expires, date }: IncomingHttpHeaders, isShared: boolean): number {
  const [, shared] = (isShared && /\bs-maxage\s*=\s*"?([^",\s]*)/i.exec(control)) || [];
  const [, usual] = /(?<!-)\bmax-age\s*=\s*"?([^",\s]*)/i.exec(control) ?? [];
  const seconds = shared ?? usual;
  if (seconds !== undefined) return /^\d+$/.test(seconds) ? Number(seconds) * SECOND_MS : 0;
  if (expires === undefined) return Infinity;
  return Date.parse(expires) - (Date.parse(date ?? '') || Date.now()) || 0;
}
