import type { Logger as PinoLogger } from 'pino';
import type Koa from 'koa';
import type { Actor } from '../services/actor.js';
import type { DomainError } from '../services/errors.js';
import type { Viewer } from '../services/viewer.js';
import type { Locale } from '../views/locales/index.js';
import type { Relayed } from './relay.js';

export type Logger = PinoLogger;

/** Everything a layer may leave on `ctx.state` for the layers below it, and nothing else. */
export interface AppState {
  /** By `requestContext`; also in the `X-Request-Id` header and every log line. */
  requestId: string;
  /** By `requestContext`: carries the request's id. Ask `logOf(ctx)`. */
  log?: Logger;
  /** By `host`: where people reach us, as https://example.com; never a name that a visitor has made up. */
  origin?: string;
  /** By `localeOf`, on first use. */
  locale?: Locale;
  /** By `session`: why the cookie could not be looked up. */
  sessionProblem?: DomainError;
  /** By a route: what asks only how long a session lives must not prolong it. */
  sessionWatched?: boolean;
  /** By `startSession`: there is a session to be written, or the sign-in has failed. */
  sessionStarted?: boolean;
  /** By `csrf`: the form must hold a `_csrf` field, which `body` checks as soon as the form is parsed. */
  formTokenNeeded?: boolean;
  /** By `csrf`: an unsafe request of a page elsewhere. `endpoint` lets it do what its token may, and nothing else. */
  foreignPage?: boolean;
  /** By `authenticate`: who is asking. Ask `viewerOf(ctx)`. */
  viewer?: Viewer;
  /** By `authenticate`: the same person as who acts, with the credential. Ask `actorOf(ctx)`. */
  actor?: Actor;
  /** By `session` and `authenticate`: when the session or token ends, in milliseconds since 1970. */
  signedInUntil?: number;
  /** By `authenticate`: why nobody is known to be asking, if there is a better reason than no credentials. */
  viewerProblem?: DomainError;
  /** By `gateway`: an upstream's answer, which `relay` sends. */
  relayed?: Relayed | undefined;
}

/** What Koa's context gains besides the state: nothing of ours. Sessions are typed in session.ts. */
export type AppContext = object;

export type Middleware = Koa.Middleware<AppState, AppContext>;
export type Context = Koa.ParameterizedContext<AppState, AppContext>;
