import type { KeyObject } from 'node:crypto';
import jwt from 'koa-jwt';
import jsonwebtoken from 'jsonwebtoken';
import {
  TOKEN_ALGORITHM,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
  type AccessTokenClaims,
} from '../services/accounts/access-tokens.js';
import { InvalidToken, NotSignedIn, TokenExpired, Unavailable, type DomainError } from '../services/errors.js';
import type { Viewers } from '../services/users/viewers.js';
import type { Viewer } from '../services/viewer.js';
import type { Context, Middleware } from './state.js';

interface Options {
  viewers: Viewers;
  /** Verifies access tokens. */
  publicKey: KeyObject;
}

/**
 * Finds out who is asking, by bearer token or session, and refuses nobody: a public route answers strangers, and a
 * route that does not exist is a 404 for everybody. Routes ask with `viewerOf`.
 */
export function authenticate({ viewers, publicKey }: Options): Middleware {
  const verify = tokenVerifier(publicKey);

  return async function authenticateMiddleware(ctx, next) {
    try {
      if (hasBearerToken(ctx)) await byToken(ctx);
      else if (ctx.session?.userId !== undefined) await bySession(ctx);
      else if (ctx.state.sessionProblem) ctx.state.viewerProblem = ctx.state.sessionProblem;
    } catch (error) {
      if (!(error instanceof InvalidToken || error instanceof TokenExpired || error instanceof Unavailable))
        throw error;
      ctx.state.viewerProblem = error;
    }
    await next();
  };

  async function byToken(ctx: Context): Promise<void> {
    const claims = await verify(ctx);
    const viewer = await viewers.find(Number(claims.sub));
    if (!isCurrent(viewer, claims.epoch)) throw new InvalidToken();
    ctx.state.viewer = viewer;
    ctx.state.viewerBy = 'token';
  }

  async function bySession(ctx: Context): Promise<void> {
    const { userId = 0, epoch } = ctx.session ?? {};
    const viewer = await viewers.find(userId);
    if (!isCurrent(viewer, epoch)) return;
    ctx.state.viewer = viewer;
    ctx.state.viewerBy = 'session';
  }
}

/** Whether the account still is what it was when the session or token was issued: active, and not ended since. */
function isCurrent(viewer: Viewer | undefined, epoch: number | undefined): viewer is Viewer {
  return viewer !== undefined && viewer.isActive && viewer.sessionEpoch === epoch;
}

/** @throws NotSignedIn, InvalidToken, TokenExpired, Unavailable when it is not known who is asking. */
export function viewerOf(ctx: Context): Viewer {
  const { viewer, viewerProblem } = ctx.state;
  if (!viewer) throw viewerProblem ?? new NotSignedIn();
  return viewer;
}

/** Whether the request names a token, good or bad: then nothing else says who is asking. */
export function hasBearerToken(ctx: Context): boolean {
  return /^Bearer\b/i.test(ctx.get('Authorization'));
}

/** koa-jwt costs 85 microseconds without a token, so it is only asked when there is one. */
function tokenVerifier(publicKey: KeyObject) {
  const verifyToken = jwt({
    secret: publicKey as never, // its types know strings and buffers; jsonwebtoken takes a KeyObject
    algorithms: [TOKEN_ALGORITHM],
    issuer: TOKEN_ISSUER,
    audience: TOKEN_AUDIENCE,
    key: 'claims',
  });

  return async function verify(ctx: Context): Promise<AccessTokenClaims> {
    // A state of its own: koa-jwt would take a secret from the request's, where nothing must be able to put one.
    const seen = { header: ctx.header, throw: ctx.throw.bind(ctx), state: {} as { claims?: AccessTokenClaims } };
    try {
      await verifyToken(seen as never, () => Promise.resolve());
    } catch (error) {
      throw translated(error);
    }
    const { claims } = seen.state;
    if (!claims?.exp || !/^\d+$/.test(claims.sub)) throw new InvalidToken();
    return claims;
  };
}

function translated(error: unknown): DomainError {
  const { originalError } = error as { originalError?: unknown };
  return originalError instanceof jsonwebtoken.TokenExpiredError
    ? new TokenExpired(undefined, { cause: originalError })
    : new InvalidToken(undefined, { cause: originalError });
}
