import { isHttpError } from 'http-errors';
import { DomainError, VersionConflict, type Problem } from '../services/errors.js';
import { messagesIn, type Locale, type Messages } from '../views/locales/index.js';
import type { IsBrowser } from './csrf/browser.js';
import { versionInIfMatch } from './http/if-match.js';
import { RequestError, type ApiErrorCode } from './http/request-errors.js';
import { localeOf } from './locale.js';
import { announce } from './rate-limit.js';
import { dropProxiedResponse } from './gateway/proxy-response.js';
import { logOf } from './request-context.js';
import { allowPage } from './security-headers.js';
import type { Context, Middleware } from './state.js';

/** The one place that knows which HTTP status an error means. */
export const STATUS_OF: Readonly<Record<ApiErrorCode, number>> = {
  validation_failed: 400,
  malformed_body: 400,
  email_taken: 400,
  username_taken: 400,
  self_follow: 400,
  wrong_host: 400,
  not_signed_in: 401,
  invalid_credentials: 401,
  invalid_token: 401,
  token_expired: 401,
  token_reused: 401,
  forbidden: 403,
  reauthentication_required: 403,
  csrf_failed: 403,
  not_found: 404,
  method_not_allowed: 405,
  last_admin: 409,
  account_active: 409,
  already_set_up: 409,
  category_taken: 409,
  version_conflict: 409,
  quota_exceeded: 409,
  too_many_tokens: 409,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  upstream_failed: 502,
  unavailable: 503,
  upstream_timeout: 504,
};

/** The body of every failure. */
export interface Failure {
  error: string;
  code: string;
  details?: Problem[];
  requestId: string;
}

/** Renders the page that people see instead of a JSON error. */
export type ErrorPage = (locals: ErrorLocals) => string;
export interface ErrorLocals {
  status: number;
  title: string;
  requestId: string;
  locale: Locale;
  nonce: string;
}

interface Options {
  defaultLocale: Locale;
  page: ErrorPage;
  isBrowser: IsBrowser;
}

/** Answers every failure of the layers below: JSON to programs, a page to people who navigate. */
export function errorHandler({ defaultLocale, page, isBrowser }: Options): Middleware {
  return async function errorHandlerMiddleware(ctx, next) {
    let error: unknown;
    try {
      await next();
      if (ctx.status < 400 || ctx.body != null || ctx.respond === false) return;
      // The router leaves 404 and 405 as a status alone, 405 with its `Allow`. A method that no route of ours has is
      // 501 to it (RFC 9110 section 9.1); to a client that is the same mistake.
      error = ctx.status === 501 ? (ctx.response.get('Allow') ? 405 : 404) : ctx.status;
    } catch (thrown) {
      error = thrown;
      dropProxiedResponse(ctx, thrown as Error);
    }
    const locale = localeOf(ctx, defaultLocale);
    const { status: meant, retryAfterSeconds, limit, ...failure } = describe(error, messagesIn[locale]);
    // The sentence for programs names a missing access token, which a browser never has.
    if (failure.code === 'not_signed_in' && isBrowser(ctx)) failure.error = messagesIn[locale].pages.signInFirst;
    const status = failsIfMatch(ctx, error) ? 412 : meant;
    if (status >= 500) logOf(ctx)[status === 500 ? 'error' : 'warn']({ err: error }, failure.code);
    if (status === 401) ctx.set('WWW-Authenticate', challengeFor(failure.code));
    if (status === 503 || retryAfterSeconds) ctx.set('Retry-After', String(retryAfterSeconds ?? 1));
    if (limit !== undefined) announce(ctx, { limit, used: limit, resetSeconds: retryAfterSeconds ?? 1 });

    ctx.status = status;
    ctx.set('Content-Language', locale);
    const { requestId } = ctx.state;
    if (ctx.accepts('json', 'html') !== 'html') {
      ctx.body = { ...failure, requestId } satisfies Failure;
      return;
    }
    ctx.type = 'html';
    ctx.body = page({ status, title: failure.error, requestId, locale, nonce: allowPage(ctx) });
  };
}

/** By the body a version is in conflict, by the header it fails a precondition (RFC 9110 section 13.1.1). */
function failsIfMatch(ctx: Context, error: unknown): boolean {
  if (!(error instanceof VersionConflict)) return false;
  const version = versionInIfMatch(ctx);
  return version !== undefined && version !== error.current;
}

type Description = Omit<Failure, 'requestId'> & {
  status: number;
  retryAfterSeconds?: number | undefined;
  limit?: number | undefined;
};

/** A request without a token gets no error attribute (RFC 6750 section 3.1). */
function challengeFor(code: string): string {
  if (code === 'token_expired') return 'Bearer error="invalid_token", error_description="The access token expired"';
  return code === 'invalid_token' ? 'Bearer error="invalid_token"' : 'Bearer';
}

function describe(error: unknown, { errors, validation }: Messages): Description {
  if (error instanceof DomainError) {
    const { code, problems, fields, retryAfterSeconds, limit } = error;
    const sentence = errors[code];
    const closer = validation[error.sentence as keyof typeof validation];
    const message = typeof closer === 'string' ? closer : sentence;
    const details = problems ?? fields.map((path) => ({ path, message }));
    return {
      status: STATUS_OF[code],
      code,
      error: sentence,
      retryAfterSeconds,
      limit,
      ...(details.length && { details: [...details] }),
    };
  }
  if (error instanceof RequestError)
    return { status: STATUS_OF[error.code], code: error.code, error: errors[error.code] };
  if (typeof error === 'number') return bare(error, errors);
  // Koa and its middleware throw these; `expose` means that the client is to blame.
  if (isHttpError(error) && error.expose) return bare(error.status, errors);
  return bare(500, errors); // a bug: nothing about it leaves the process
}

/** A failure of which only the status is known. */
function bare(status: number, errors: Messages['errors']): Description {
  if (status === 404) return { status, code: 'not_found', error: errors.no_such_route };
  const [code] = Object.entries(STATUS_OF).find(([, known]) => known === status && status > 404) ?? [];
  if (code) return { status, code, error: errors[code as ApiErrorCode] };
  if (status === 414 || status === 431) return { status, code: 'too_large', error: errors.too_large };
  return { status, code: 'malformed_body', error: errors.bad_request };
}
