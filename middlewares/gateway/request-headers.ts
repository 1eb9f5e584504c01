import { randomBytes, randomFillSync } from 'node:crypto';
import { isIP } from 'node:net';
import { asciiValue, type RequestHeaderRules } from '../../services/upstreams/index.js';
import type { Context } from '../state.js';

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})(?:-.*)?$/;
const SPAN_BYTES = 8;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const HOST = /^(?:[A-Za-z0-9.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/;

/** Of a WebSocket's handshake (RFC 6455 section 4.1). */
const HANDSHAKE_HEADERS: ReadonlySet<string> = new Set([
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
]);

interface RequestHeaderOptions {
  /** Replaces the client's credentials. */
  token: string | undefined;
  rules: RequestHeaderRules;
  upgrade: boolean;
  /** The public origin; undefined to use the client's `Host`. */
  publicUrl: string | undefined;
}

/** Returns the headers that an upstream receives: names and values in turn. */
export function headersForUpstream(ctx: Context, { token, rules, upgrade, publicUrl }: RequestHeaderOptions): string[] {
  const { rawHeaders, headers } = ctx.req;
  const options = connectionOptions(headers.connection);
  const sent: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (!rules.passed.has(name) && !(upgrade && HANDSHAKE_HEADERS.has(name) && !rules.replaced.has(name))) continue;
    if (options?.has(name)) continue;
    sent.push(name, asciiValue(name, rawHeaders[index + 1] ?? ''));
  }
  if (!upgrade && /\btrailers\b/i.test([headers.te].join())) sent.push('te', 'trailers');
  const ours = ['x-request-id', ctx.state.requestId, 'traceparent', continuedTrace(ctx.get('traceparent'), ctx)];
  addForwarded(ctx, publicUrl, ours);
  for (let index = 0; index < ours.length; index += 2) {
    const name = ours[index] ?? '';
    if (!rules.replaced.has(name)) sent.push(name, ours[index + 1] ?? '');
  }
  if (token !== undefined) sent.push('authorization', `Bearer ${token}`);
  for (const [name, value] of rules.set) sent.push(name, value);
  return sent;
}

/** Returns the header names in `Connection`, which do not pass (RFC 9110 section 7.6.1); undefined for none. */
export function connectionOptions(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || /^(?:keep-alive|close|upgrade)$/i.test(connection)) return undefined;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}

/** Returns a `traceparent` with a new span in the client's trace, or in a new one (https://www.w3.org/TR/trace-context/). */
function continuedTrace(offered: string, ctx: Context): string {
  const span = nextSpan();
  const [, trace, flags] = TRACEPARENT.exec(offered) ?? [];
  if (trace !== undefined) return `00-${trace}-${span}-${flags}`;
  const { requestId } = ctx.state;
  const ownTrace = UUID.test(requestId) ? requestId.replaceAll('-', '') : randomBytes(16).toString('hex');
  return `00-${ownTrace}-${span}-01`;
}

/** Drawn a thousand at a time: a call for eight random bytes costs more than the rest of the header. */
const spans = Buffer.alloc(SPAN_BYTES * 1_024);
let used = spans.length;
function nextSpan(): string {
  if (used === spans.length) {
    randomFillSync(spans);
    used = 0;
  }
  used += SPAN_BYTES;
  return spans.toString('hex', used - SPAN_BYTES, used);
}

/** Adds the client's address, scheme and host, as known from trusted proxies: RFC 7239, and the older headers. */
function addForwarded(ctx: Context, publicUrl: string | undefined, sent: string[]): void {
  const { remoteAddress = '' } = ctx.req.socket;
  const hops = ctx.ips.length > 0 ? [...ctx.ips, remoteAddress] : [remoteAddress];
  const protocol = (publicUrl ?? ctx.protocol).startsWith('https') ? 'https' : 'http'; // a proxy may pass anything on
  const host = publicUrl === undefined ? ctx.host : publicUrl.slice(publicUrl.indexOf('//') + 2);
  const known = hops.filter((address) => isIP(address) !== 0);
  const isValidHost = HOST.test(host);
  sent.push('x-forwarded-for', known.join(', '), 'x-forwarded-proto', protocol);
  if (isValidHost) sent.push('x-forwarded-host', host);
  const ends = `;proto=${protocol}${isValidHost ? `;host="${host}"` : ''}`;
  const nodes = known.map((address) => `for=${address.includes(':') ? `"[${address}]"` : address}`);
  sent.push('forwarded', nodes.length > 0 ? `${nodes.join(', ')}${ends}` : ends.slice(1));
}
