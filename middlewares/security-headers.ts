import { randomBytes } from 'node:crypto';
import helmet from 'koa-helmet';
import type { Context, Middleware } from './state.js';

const NONCE = '{nonce}';

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
 * What helmet sets is the same for every answer, so it is asked once and its headers are copied: eleven microseconds
 * a request less. Answers may be neither rendered, framed nor kept; pages and files relax that for themselves.
 *
 * @param options.https whether people reach us by https: only then is HSTS meant.
 */
export function securityHeaders(options: { https: boolean }): Middleware {
  const headers = Object.entries(headersOfAnswers(options));

  return function securityHeadersMiddleware(ctx, next) {
    for (const [name, value] of headers) ctx.res.setHeader(name, value);
    return next();
  };
}

/** For what is answered outside the onion as well. */
export function headersOfAnswers({ https }: { https: boolean }): Readonly<Record<string, string>> {
  return {
    ...helmetHeaders({
      strictTransportSecurity: https,
      contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
      xFrameOptions: { action: 'deny' },
      referrerPolicy: { policy: 'same-origin' },
      xDownloadOptions: false, // for Internet Explorer only, like the next
      xPermittedCrossDomainPolicies: false,
    }),
    'Permissions-Policy': DENIED_FEATURES.map((feature) => `${feature}=()`).join(', '),
    'Cache-Control': 'no-store',
  };
}

const PAGE_POLICY =
  helmetHeaders({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'", `'nonce-${NONCE}'`],
        styleSrc: ["'self'", `'nonce-${NONCE}'`],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  })['Content-Security-Policy'] ?? '';

/** Lets this answer be a page of ours. @returns the nonce that its inline scripts must carry (CSP level 3). */
export function allowPage(ctx: Context): string {
  const nonce = randomBytes(16).toString('base64');
  ctx.set('Content-Security-Policy', PAGE_POLICY.replaceAll(NONCE, nonce));
  return nonce;
}

/** The headers that helmet would set with these options. */
function helmetHeaders(options: Parameters<typeof helmet>[0]): Record<string, string> {
  const headers: Record<string, string> = {};
  const res = {
    setHeader: (name: string, value: string) => void (headers[name] = value),
    removeHeader: () => {},
  };
  // helmet is synchronous: when the call returns, its headers are there.
  void helmet(options)({ req: {}, res } as never, () => Promise.resolve());
  return headers;
}
