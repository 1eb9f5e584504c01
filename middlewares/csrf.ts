import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { CsrfFailed } from '../services/errors.js';
import { hasBearerToken } from './authenticate.js';
import type { IsBrowser } from './client.js';
import { logOf } from './request-context.js';
import { isSafe } from './safe-methods.js';
import type { Context, Middleware } from './state.js';

export interface CsrfOptions {
  isBrowser: IsBrowser;
  isOurOrigin: (ctx: Context, origin: string) => boolean;
  /** By CORS: pages elsewhere that we answer, without a cookie. */
  isForeignPage: (ctx: Context) => boolean;
}

/**
 * Lets an unsafe request of a browser pass only if it comes from a page of ours: by Fetch Metadata and `Origin`, and
 * by the header `X-CSRF: 1`, which no foreign page can send without a preflight that we never grant. An HTML form
 * cannot send headers; it carries a `_csrf` field instead, which `body` checks as soon as it has parsed the form.
 * A foreign page that CORS lets in comes with a token of its own and no cookie, so there is nothing to ride on.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function csrf({ isBrowser, isOurOrigin, isForeignPage }: CsrfOptions): Middleware {
  return async function csrfMiddleware(ctx, next) {
    if (!isSafe(ctx.method) && isForeignPage(ctx) && hasBearerToken(ctx)) {
      ctx.state.foreignPage = true;
    } else if (!isSafe(ctx.method) && isBrowser(ctx)) {
      const site = ctx.get('Sec-Fetch-Site');
      const origin = ctx.get('Origin');
      if (site && site !== 'same-origin') throw refusal(ctx, { site });
      if (origin && !isOurOrigin(ctx, origin)) throw refusal(ctx, { origin });
      if (ctx.get('X-CSRF') !== '1') {
        if (!ctx.is('urlencoded', 'multipart')) throw refusal(ctx, { missing: 'X-CSRF' });
        ctx.state.formTokenNeeded = true;
      }
    }
    await next();
  };
}

function refusal(ctx: Context, because: object): CsrfFailed {
  logOf(ctx).warn(because, 'refused as cross-site; if the site is reached there, set PUBLIC_URL to its origin');
  return new CsrfFailed();
}

/** The origins that are ours: the one of `publicUrl`, or without it this machine's names with the port asked. */
export function ourOrigins(publicUrl: string | undefined): CsrfOptions['isOurOrigin'] {
  if (publicUrl !== undefined) return (_ctx, origin) => origin === publicUrl;
  return ({ req }, origin) => {
    const port = String(req.socket.localPort);
    return ['localhost', '127.0.0.1', '[::1]'].some(
      (host) => origin === `http://${host}${port === '80' ? '' : `:${port}`}`,
    );
  };
}

export type FormTokens = ReturnType<typeof createFormTokens>;

/** Tokens that bind a form to the session of the page it stands on. @param secret any string of enough entropy. */
export function createFormTokens(secret: string) {
  const expected = (sessionId: string) => createHmac('sha256', secret).update(`form ${sessionId}`).digest();

  return {
    /** Another one each time, so that compression cannot be made to reveal it (BREACH): a mask, and the masked MAC. */
    issue(sessionId: string): string {
      const mac = expected(sessionId);
      const mask = randomBytes(mac.length);
      return Buffer.concat([mask, xor(mac, mask)]).toString('base64url');
    },

    /** @throws CsrfFailed when the form's token is not for this session. */
    check(sessionId: string | undefined, token: unknown): void {
      const bytes = Buffer.from(typeof token === 'string' ? token : '', 'base64url');
      const half = bytes.length / 2;
      const mac = expected(sessionId ?? '');
      const offered = xor(bytes.subarray(0, half), bytes.subarray(half));
      if (!sessionId || offered.length !== mac.length || !timingSafeEqual(offered, mac)) throw new CsrfFailed();
    },
  };
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)));
}
