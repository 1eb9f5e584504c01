import { CsrfFailed } from '../http/request-errors.js';
import { bearerToken } from '../http/bearer-token.js';
import { isSafe } from '../http/safe-methods.js';
import { logOf } from '../request-context.js';
import type { Context, Middleware } from '../state.js';
import type { IsBrowser } from './browser.js';
import type { FormTokens } from './form-tokens.js';
import type { IsCrossOriginRequest, IsOurOrigin } from './origins.js';

export interface CsrfOptions {
  isBrowser: IsBrowser;
  isOurOrigin: IsOurOrigin;
  isCrossOriginRequest: IsCrossOriginRequest;
  formTokens: Pick<FormTokens, 'check'>;
}

/**
 * Lets an unsafe request of a browser pass only if it comes from a page of ours: by Fetch Metadata and `Origin`, and
 * by the header `X-CSRF: 1`, which no page elsewhere can send without a preflight that we never grant. What these
 * headers cannot decide is left to `verifyCsrf`.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function csrf({ isBrowser, isOurOrigin, isCrossOriginRequest, formTokens }: CsrfOptions): Middleware {
  return async function csrfMiddleware(ctx, next) {
    if (!isSafe(ctx.method) && isCrossOriginRequest(ctx) && bearerToken(ctx) !== undefined) {
      ctx.state.csrf = { kind: 'cross-origin' };
    } else if (!isSafe(ctx.method) && isBrowser(ctx)) {
      const site = ctx.get('Sec-Fetch-Site');
      const origin = ctx.get('Origin');
      if (site && site !== 'same-origin') throw refusal(ctx, { site });
      if (origin && !isOurOrigin(ctx, origin)) throw refusal(ctx, { origin });
      if (ctx.get('X-CSRF') !== '1') {
        if (!ctx.is('urlencoded', 'multipart')) throw refusal(ctx, { missing: 'X-CSRF' });
        ctx.state.csrf = { kind: 'form', tokens: formTokens, isVerified: false };
      }
    }
    await next();
  };
}

function refusal(ctx: Context, because: object): CsrfFailed {
  logOf(ctx).warn(because, 'refused as cross-site; if the site is reached there, set PUBLIC_URL to its origin');
  return new CsrfFailed();
}
