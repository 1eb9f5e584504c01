/** Between two neighbors alone (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'te', 'transfer-encoding', 'upgrade', 'http2-settings'];

/**
 * What decides how browsers treat our origin, and what proxies and caches in front of us obey: an upstream must not loosen
 * the one nor steer the others.
 */
const STOPPED = new Set([
  ...HOP_BY_HOP,
  'accept-ch',
  'activate-storage-access',
  'authentication-control',
  'authentication-info',
  'critical-ch',
  'edge-control',
  'feature-policy',
  'link', // loads and prefetches for the page that asks
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
  'location', // judged by itself
  'content-location',
  'trailer', // Node refuses one with a length, and what is small is sent with one
  'timing-allow-origin',
  'x-permitted-cross-domain-policies',
  'www-authenticate', // would make browsers ask people for a password, under our name
]);

/** Families of the same: `X-Accel-Redirect` has nginx send a file, `X-Envoy-Immediate-Health-Check-Fail` takes us out. */
const STOPPED_FAMILY =
  /^(?:access-control|attribution-reporting|cross-origin|document-policy|integrity-policy|netlify|proxy|sec|set-cookie|surrogate|x-accel|x-envoy|x-lighttpd|x-litespeed|x-middleware|x-reproxy|x-sendfile)(?:-|\d?$)|(?:cdn-cache-control|cache-tags?)$/;
/** Whether a response header of an upstream, its name in lowercase, goes no further than to us. */
export const stopsHere = (name: string): boolean => STOPPED.has(name) || STOPPED_FAMILY.test(name);
