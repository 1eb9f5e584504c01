import { randomBytes } from 'node:crypto';
import helmet from 'koa-helmet';
import type { Context, Middleware } from './state.js';

/** What no page of ours asks a browser for, so that nothing that gets into one can. */
const DENIED_FEATURES = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'publickey-credentials-get',
  'usb',
  'xr-spatial-tracking',
];

/**
 * Sets the security headers of every response, which may be neither rendered, framed nor cached; pages and files relax
 * that for themselves. koa-helmet sets the same for each, so it runs for the first one, and its headers are copied to
 * the others: 11 µs less a request.
 *
 * @param options.https whether clients reach us by https: only then is HSTS sent.
 */
export function securityHeaders({ https }: { https: boolean }): Middleware {
  const setHelmetHeaders = helmet({
    strictTransportSecurity: https,
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
    xDownloadOptions: false, // for Internet Explorer only, like the next
    xPermittedCrossDomainPolicies: false,
  });
  let headers: [string, string][] | undefined;

  return async function securityHeadersMiddleware(ctx, next) {
    headers ??= await headersOfFirst(ctx);
    for (const [name, value] of headers) ctx.res.setHeader(name, value);
    return next();
  };

  async function headersOfFirst(ctx: Context): Promise<[string, string][]> {
    const earlier = new Set(ctx.res.getHeaderNames());
    await setHelmetHeaders(ctx, () => Promise.resolve());
    const added = Object.entries(ctx.res.getHeaders()).filter(([name]) => !earlier.has(name));
    return [
      ...added.map(([name, value]): [string, string] => [name, String(value)]),
      ['Permissions-Policy', DENIED_FEATURES.map((feature) => `${feature}=()`).join(', ')],
      ['Cache-Control', 'no-store'],
    ];
  }
}

/** For the refusal of what is no HTTP and does not reach the layers: a short text that no browser may render or cache. */
export function refusalHeaders({ https }: { https: boolean }): Readonly<Record<string, string>> {
  return {
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none';frame-ancestors 'none'",
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
    ...(https && { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' }),
  };
}

/** Lets this response be a page of ours. @returns the nonce that its inline scripts must carry (CSP level 3). */
export function allowPage(ctx: Context): string {
  const nonce = randomBytes(16).toString('base64');
  const inline = `'self' 'nonce-${nonce}'`;
  ctx.set(
    'Content-Security-Policy',
    `default-src 'none';script-src ${inline};style-src ${inline};img-src 'self' data:;font-src 'self';` +
      "connect-src 'self';manifest-src 'self';object-src 'none';base-uri 'none';form-action 'self';frame-ancestors 'none'",
  );
  return nonce;
}
