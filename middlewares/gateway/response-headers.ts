import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { UpstreamDefinition } from '../../services/upstreams/index.js';
import { connectionOptions } from './request-headers.js';

/** RFC 9110 section 7.6.1 */
const HOP_BY_HOP = ['connection', 'keep-alive', 'te', 'transfer-encoding', 'upgrade', 'http2-settings'];

/** Headers that decide how browsers treat our origin, or that steer proxies and caches in front of us. */
const BLOCKED = new Set([
  ...HOP_BY_HOP,
  'accept-ch',
  'activate-storage-access',
  'authentication-control',
  'authentication-info',
  'critical-ch',
  'edge-control',
  'feature-policy',
  'link', // loads and prefetches for the page that sent the request
  'no-vary-search',
  'onion-location',
  'optional-www-authenticate',
  'permissions-policy-report-only',
  'public-key-pins-report-only',
  'require-document-policy',
  'set-login',
  'sourcemap',
  'speculation-rules',
  'supports-loading-mode',
  'use-as-dictionary',
  'x-content-security-policy',
  'x-sourcemap',
  'x-webkit-csp',
  'content-security-policy',
  'content-security-policy-report-only',
  'strict-transport-security',
  'x-frame-options',
  'x-content-type-options',
  'x-xss-protection',
  'x-dns-prefetch-control',
  'referrer-policy',
  'permissions-policy',
  'origin-agent-cluster',
  'clear-site-data',
  'service-worker-allowed',
  'public-key-pins',
  'expect-ct',
  'alt-svc',
  'nel',
  'report-to',
  'reporting-endpoints',
  'refresh',
  'server',
  'x-powered-by',
  'x-request-id',
  'xkey', // Varnish's name for a cache tag
  'location', // rewritten by the gateway
  'content-location',
  'trailer', // Node refuses it beside a Content-Length, which small responses have
  'timing-allow-origin',
  'x-permitted-cross-domain-policies',
  'www-authenticate', // would make browsers ask for a password, under our name
]);

/** Families of such headers: `X-Accel-Redirect` makes nginx send a file, `X-Envoy-Immediate-Health-Check-Fail` ejects us. */
const BLOCKED_FAMILY =
  /^(?:access-control|attribution-reporting|cross-origin|document-policy|integrity-policy|netlify|proxy|sec|set-cookie|surrogate|x-accel|x-envoy|x-lighttpd|x-litespeed|x-middleware|x-reproxy|x-sendfile)(?:-|\d?$)|(?:cdn-cache-control|cache-tags?)$/;

/** Returns whether a response header, its name in lowercase, never passes from an upstream to clients. */
const isBlocked = (name: string): boolean => BLOCKED.has(name) || BLOCKED_FAMILY.test(name);

/**
 * Sets the headers of an upstream's response beside those that every response has.
 *
 * @param isOurCookie tests a `Set-Cookie`; without it, cookies do not pass.
 */
export function setHeaders(
  res: ServerResponse,
  headers: IncomingHttpHeaders,
  { headers: { response: rules }, token }: UpstreamDefinition,
  isOurCookie?: (setCookie: string) => boolean,
): void {
  const isPersonal = token.startsWith('user'); // then no shared cache may store it
  const options = connectionOptions(headers.connection);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || isBlocked(name)) continue;
    if (options?.has(name) || rules.replaced.has(name)) continue;
    if (name === 'cache-control' && isPersonal && !/\b(?:private|no-store)\b/i.test(String(value))) continue;
    if (name === 'vary') res.appendHeader(name, value);
    else res.setHeader(name, value);
  }
  const cookies = headers['set-cookie'];
  if (rules.passesCookies && cookies && isOurCookie) {
    const theirs = cookies.filter((cookie) => !isOurCookie(cookie));
    if (theirs.length > 0) res.appendHeader('set-cookie', theirs);
  }
  for (const [name, value] of rules.set) res.setHeader(name, value);
}

/** Needed before the body: request modifiers, credentials, validators, cache control (RFC 9110 section 6.5.1). */
const NEVER_IN_TRAILERS =
  /^(?:accept-ranges|age|allow|authorization|cache-control|cache-status|content-.*|cookie|date|etag|expect|expires|host|if-.*|last-modified|max-forwards|pragma|range|retry-after|vary|via|warning)$/;

/**
 * Returns the trailers that pass to the client, by the rules for headers and those for trailers; undefined for none.
 *
 * @param connection the `Connection` header of the response.
 */
export function trailersToPass(
  trailers: IncomingHttpHeaders,
  connection: string | undefined,
  { headers: { response: rules } }: UpstreamDefinition,
): Record<string, string> | undefined {
  const options = connectionOptions(connection);
  const passed = Object.entries(trailers).filter(
    ([name]) => !isBlocked(name) && !NEVER_IN_TRAILERS.test(name) && !rules.replaced.has(name) && !options?.has(name),
  );
  return passed.length === 0
    ? undefined
    : Object.fromEntries(passed.map(([name, value]) => [name, [value].flat().join(', ')]));
}
