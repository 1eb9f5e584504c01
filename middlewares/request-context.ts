import { randomUUID } from 'node:crypto';
import { ANONYMOUS } from './http/auth.js';
import type { Context, Logger, Middleware } from './state.js';

const WELL_FORMED = /^[\w-]{8,64}$/;

/** Names the request, with the caller's `X-Request-Id` if it is well-formed, and gives it a logger. */
export function requestContext({ log }: { log: Logger }): Middleware {
  return async function requestContextMiddleware(ctx, next) {
    const offered = ctx.get('X-Request-Id');
    ctx.state.requestId = WELL_FORMED.test(offered) ? offered : randomUUID();
    ctx.state.log = log;
    ctx.state.auth = ANONYMOUS;
    ctx.set('X-Request-Id', ctx.state.requestId);
    await next();
  };
}

const named = new WeakSet<Logger>();

/** The request's logger; made on first use, since most requests log nothing but their access line. */
export function logOf(ctx: Context): Logger {
  const { log, requestId } = ctx.state;
  if (!log) throw new Error('requestContext has not run');
  if (named.has(log)) return log;
  const child = log.child({ requestId });
  named.add(child);
  ctx.state.log = child;
  return child;
}
