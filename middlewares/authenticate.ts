import type { Actor } from '../services/actor.js';
import type { PersonalTokens, Scope } from '../services/accounts/personal-tokens.js';
import { PERSONAL_TOKEN_PREFIX } from '../services/accounts/personal-tokens.js';
import type { SignIns } from '../services/accounts/sign-ins.js';
import type { SigningKeys } from '../services/accounts/signing-keys.js';
import { Forbidden, InvalidToken, NotSignedIn, TokenExpired, Unavailable } from '../services/errors.js';
import type { Viewers } from '../services/users/viewers.js';
import type { Viewer } from '../services/viewer.js';
import { accessTokenVerifier } from './bearer-token.js';
import { isSafe } from './safe-methods.js';
import type { Context, Middleware } from './state.js';
import { upgradeOf } from './upgrade.js';

interface Options {
  viewers: Viewers;
  signIns: Pick<SignIns, 'stands'>;
  personalTokens: Pick<PersonalTokens, 'find'>;
  /** Verify access tokens, */
  signingKeys: SigningKeys;
  /** which name this issuer. */
  issuer: string;
}

/**
 * Finds out who is asking, by bearer token or session, and refuses nobody: a public route answers strangers, and a
 * route that does not exist is a 404 for everybody. Routes ask with `viewerOf`.
 *
 * What a session or token says is compared on every request with the account and the sign-in as they are now.
 */
export function authenticate({ viewers, signIns, personalTokens, signingKeys, issuer }: Options): Middleware {
  const claimsOf = accessTokenVerifier({ signingKeys, issuer });

  return async function authenticateMiddleware(ctx, next) {
    const bearer = bearerOf(ctx);
    try {
      if (bearer?.startsWith(PERSONAL_TOKEN_PREFIX)) await byPersonalToken(ctx, bearer);
      else if (bearer !== undefined) await byAccessToken(ctx);
      else if (ctx.session?.userId !== undefined) await bySession(ctx);
      else if (ctx.state.sessionProblem) ctx.state.viewerProblem = ctx.state.sessionProblem;
    } catch (error) {
      if (!isProblem(error)) throw error;
      ctx.state.viewerProblem = error;
    }
    await next();
  };

  async function bySession(ctx: Context): Promise<void> {
    const { userId = 0, signInId = 0 } = ctx.session ?? {};
    const viewer = await viewers.find(userId);
    if (!viewer?.isActive || !(await signIns.stands({ userId, signInId }))) return;
    identify(ctx, viewer, 'session', signInId);
  }

  async function byAccessToken(ctx: Context): Promise<void> {
    const { sub, sid, exp } = await claimsOf(ctx);
    const viewer = await viewers.find(Number(sub));
    if (!viewer?.isActive || !(await signIns.stands({ userId: viewer.id, signInId: sid }))) throw new InvalidToken();
    identify(ctx, viewer, 'access-token', sid);
    ctx.state.signedInUntil = exp * 1_000;
  }

  async function byPersonalToken(ctx: Context, token: string): Promise<void> {
    const { id, userId, scopes, expiresAt } = await personalTokens.find(token);
    const viewer = await viewers.find(userId);
    if (!viewer?.isActive) throw new InvalidToken();
    if (!scopes.includes(scopeOf(ctx))) throw new Forbidden('the token lacks the scope');
    identify(ctx, viewer, 'personal-token', id);
    ctx.state.signedInUntil = expiresAt;
  }
}

function identify({ state }: Context, viewer: Viewer, kind: Actor['kind'], credentialId: number): void {
  state.viewer = viewer;
  state.actor = { id: viewer.id, role: viewer.role, kind, credentialId };
}

/**
 * What a personal access token must be good for. A WebSocket begins with a GET, and nobody looks into what is sent by it
 * then.
 */
function scopeOf(ctx: Context): Scope {
  if (upgradeOf(ctx)?.protocol === 'websocket') return 'write';
  return isSafe(ctx.method) ? 'read' : 'write';
}

/** Failures to find out who is asking, which public routes need not know of. */
function isProblem(error: unknown): error is InvalidToken | TokenExpired | Forbidden | Unavailable {
  return [InvalidToken, TokenExpired, Forbidden, Unavailable].some((problem) => error instanceof problem);
}

/** @throws NotSignedIn, InvalidToken, TokenExpired, Forbidden, Unavailable when it is not known who is asking. */
export function viewerOf(ctx: Context): Viewer {
  const { viewer, viewerProblem } = ctx.state;
  if (!viewer) throw viewerProblem ?? new NotSignedIn();
  return viewer;
}

/** Whether the request names a token, good or bad: then nothing else says who is asking. */
export function hasBearerToken(ctx: Context): boolean {
  return bearerOf(ctx) !== undefined;
}

/** Who acts, for services that write. @throws as `viewerOf`. */
export function actorOf(ctx: Context): Actor {
  const { actor, viewerProblem } = ctx.state;
  if (!actor) throw viewerProblem ?? new NotSignedIn();
  return actor;
}

/** The token behind `Authorization: Bearer` (RFC 6750 section 2.1), the empty text if there is none behind it. */
export function bearerOf(ctx: Context): string | undefined {
  return /^Bearer\b *(.*)$/i.exec(ctx.get('Authorization'))?.[1];
}
