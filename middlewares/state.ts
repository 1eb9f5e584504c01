import type { Logger as PinoLogger } from 'pino';
import type Koa from 'koa';
import type { Locale } from '../views/locales/index.js';
import type { PendingCsrf } from './csrf/verify.js';
import type { ProxiedResponse } from './gateway/proxy-response.js';
import type { VerifiedClaims } from './http/access-token-verifier.js';
import type { Auth } from './http/auth.js';
import type { CurrentSession } from './session/session-data.js';

export type Logger = PinoLogger;

/** Everything a layer may leave on `ctx.state` for the layers below it, and nothing else. */
export interface AppState {
  /** By `requestContext`; also in the `X-Request-Id` header and every log line. */
  requestId: string;
  /** By `requestContext`: carries the request's id. Ask `logOf(ctx)`. */
  log?: Logger;
  /** By `requestContext` anonymous, by `authenticate` who sends the request. Read it by the functions of `http/auth.ts`. */
  auth: Auth;
  /** By `host`: our origin as the client reaches it, as https://example.com; never a name that a client made up. */
  origin?: string;
  /** By `localeOf`, on first use. */
  locale?: Locale;
  /** By `session`: what the cookie names. Routes change it by `Sessions`. */
  session?: CurrentSession | undefined;
  /** By `csrf`: what `verifyCsrf` has still to verify. */
  csrf?: PendingCsrf;
  /** By koa-jwt, for `authenticate` alone. */
  claims?: Omit<VerifiedClaims, 'kid'>;
  /** By `gateway`: an upstream's response, which `proxyResponse` sends. */
  proxied?: ProxiedResponse | undefined;
}

/** What Koa's context gains besides the state: nothing of ours. */
export type AppContext = object;

export type Middleware = Koa.Middleware<AppState, AppContext>;
export type Context = Koa.ParameterizedContext<AppState, AppContext>;
