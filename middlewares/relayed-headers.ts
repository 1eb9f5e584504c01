import { randomBytes, randomFillSync } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { asciiValue } from '../services/upstreams/ascii-headers.js';
import type { RequestHeaderRules } from '../services/upstreams/headers.schema.js';
import { HANDSHAKE_HEADERS } from '../services/upstreams/request-headers.js';
import { stopsHere } from '../services/upstreams/response-headers.js';
import type { UpstreamDefinition } from '../services/upstreams/upstreams-file.js';
import type { Context } from './state.js';

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})(?:-.*)?$/;
const SPAN_BYTES = 8;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const HOST = /^(?:[A-Za-z0-9.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/;

interface SentOn {
  /** In place of whatever the client sent. */
  token: string | undefined;
  rules: RequestHeaderRules;
  upgrade: boolean;
  /** The host that people see; what the client says, where nobody has told us. */
  publicUrl: string | undefined;
}

/** The headers that an upstream is sent: names and values by turns. */
export function headersForUpstream(ctx: Context, { token, rules, upgrade, publicUrl }: SentOn): string[] {
  const { rawHeaders, headers } = ctx.req;
  const named = namedByConnection(headers.connection);
  const sent: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (!rules.passed.has(name) && !(upgrade && HANDSHAKE_HEADERS.has(name) && !rules.replaced.has(name))) continue;
    if (named?.has(name)) continue;
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

/** Header names that the sender declares to be meant for its neighbour alone. */
function namedByConnection(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || /^(?:keep-alive|close|upgrade)$/i.test(connection)) return undefined;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}

/** Goes on with the caller's trace under a span of ours, or begins one (https://www.w3.org/TR/trace-context/). */
function continuedTrace(offered: string, ctx: Context): string {
  const span = nextSpan();
  const [, trace, flags] = TRACEPARENT.exec(offered) ?? [];
  if (trace !== undefined) return `00-${trace}-${span}-${flags}`;
  const { requestId } = ctx.state;
  const ownTrace = UUID.test(requestId) ? requestId.replaceAll('-', '') : randomBytes(16).toString('hex');
  return `00-${ownTrace}-${span}-01`;
}

/** A thousand at a time: asking the system for eight bytes costs more than the rest of the header. */
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

/** Who asks, as far as we know ourselves or trusted proxies told us: RFC 7239, and the older headers beside it. */
function addForwarded(ctx: Context, publicUrl: string | undefined, sent: string[]): void {
  const { remoteAddress = '' } = ctx.req.socket;
  const hops = ctx.ips.length > 0 ? [...ctx.ips, remoteAddress] : [remoteAddress];
  const protocol = (publicUrl ?? ctx.protocol).startsWith('https') ? 'https' : 'http'; // a proxy may have passed on anything
  const host = publicUrl === undefined ? ctx.host : publicUrl.slice(publicUrl.indexOf('//') + 2);
  const known = hops.filter((address) => isIP(address) !== 0);
  const told = HOST.test(host);
  sent.push('x-forwarded-for', known.join(', '), 'x-forwarded-proto', protocol);
  if (told) sent.push('x-forwarded-host', host);
  const ends = `;proto=${protocol}${told ? `;host="${host}"` : ''}`;
  const nodes = known.map((address) => `for=${address.includes(':') ? `"[${address}]"` : address}`);
  sent.push('forwarded', nodes.length > 0 ? `${nodes.join(', ')}${ends}` : ends.slice(1));
}

export interface PassedBack {
  definition: UpstreamDefinition;
  /** Whether a `Set-Cookie` sets a cookie of ours. */
  isOurCookie: (setCookie: string) => boolean;
}

/** What a recipient needs before the body: request modifiers, credentials, validators, and what caches read (RFC 9110 section 6.5.1). */
const NEVER_IN_TRAILERS =
  /^(?:accept-ranges|age|allow|authorization|cache-control|cache-status|content-.*|cookie|date|etag|expect|expires|host|if-.*|last-modified|max-forwards|pragma|range|retry-after|vary|via|warning)$/;

/** Returns the trailers that may follow a body: by the same rules as the headers before it, and by those of trailers. */
export function trailersToPass(
  trailers: IncomingHttpHeaders,
  { definition, connection }: { definition: UpstreamDefinition; connection: string | undefined },
): Record<string, string> | undefined {
  const { replaced } = definition.headers.response;
  const named = namedByConnection(connection);
  const passed = Object.entries(trailers).filter(
    ([name]) => !stopsHere(name) && !NEVER_IN_TRAILERS.test(name) && !replaced.has(name) && !named?.has(name),
  );
  return passed.length === 0
    ? undefined
    : Object.fromEntries(passed.map(([name, value]) => [name, [value].flat().join(', ')]));
}

/** Sets what an upstream's answer says of itself beside what we say of every answer. */
export function passHeadersBack(
  res: ServerResponse,
  headers: IncomingHttpHeaders,
  { definition, isOurCookie }: PassedBack,
): void {
  const rules = definition.headers.response;
  const personal = definition.token.startsWith('user'); // then nobody else may keep it
  const named = namedByConnection(headers.connection);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || stopsHere(name)) continue;
    if (named?.has(name) || rules.replaced.has(name)) continue;
    if (name === 'cache-control' && personal && !/\b(?:private|no-store)\b/i.test(String(value))) continue;
    if (name === 'vary') res.appendHeader(name, value);
    else res.setHeader(name, value);
  }
  const cookies = headers['set-cookie'];
  if (rules.passesCookies && cookies) {
    const theirs = [cookies].flat().filter((cookie) => !isOurCookie(cookie));
    if (theirs.length > 0) res.appendHeader('set-cookie', theirs);
  }
  for (const [name, value] of rules.set) res.setHeader(name, value);
}
