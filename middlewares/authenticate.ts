import type { PersonalTokens, Scope } from '../services/accounts/personal-tokens.js';
import { PERSONAL_TOKEN_PREFIX } from '../services/accounts/personal-tokens.js';
import type { SignIns } from '../services/accounts/sign-ins.js';
import type { SigningKeys } from '../services/accounts/signing-keys.js';
import { Forbidden, InvalidToken, TokenExpired, Unavailable } from '../services/errors.js';
import type { Viewers } from '../services/users/viewers.js';
import { accessTokenVerifier } from './http/access-token-verifier.js';
import type { Auth } from './http/auth.js';
import { bearerToken } from './http/bearer-token.js';
import { isSafe } from './http/safe-methods.js';
import type { Context, Middleware } from './state.js';
import { upgradeOf } from './gateway/upgrade.js';

interface Options {
  viewers: Viewers;
  signIns: Pick<SignIns, 'isValid'>;
  personalTokens: Pick<PersonalTokens, 'find'>;
  /** Verify access tokens, */
  signingKeys: SigningKeys;
  /** which name this issuer. */
  issuer: string;
}

/**
 * Identifies the caller by bearer token or session, and rejects no request: a public route answers anonymous callers,
 * and a route that does not exist is a 404 for all. Routes ask `ctx.state.auth`.
 *
 * What a session or token says is compared on every request with the account and the sign-in as they are now.
 */
export function authenticate({ viewers, signIns, personalTokens, signingKeys, issuer }: Options): Middleware {
  const claimsOf = accessTokenVerifier({ signingKeys, issuer });

  return async function authenticateMiddleware(ctx, next) {
    try {
      ctx.state.auth = await identify(ctx);
    } catch (error) {
      if (!isProblem(error)) throw error;
      ctx.state.auth = { kind: 'anonymous', problem: error };
    }
    await next();
  };

  /** @throws InvalidToken, TokenExpired, Forbidden, Unavailable */
  function identify(ctx: Context): Promise<Auth> {
    const token = bearerToken(ctx);
    if (token === undefined) return bySession(ctx);
    return token.startsWith(PERSONAL_TOKEN_PREFIX) ? byPersonalToken(ctx, token) : byAccessToken(ctx);
  }

  async function bySession({ state: { session, auth } }: Context): Promise<Auth> {
    if (!session) return auth; // anonymous, with a problem if the session could not be loaded
    const viewer = await viewers.find(session.userId);
    if (!viewer?.isActive || !(await signIns.isValid(session))) return auth;
    return { kind: 'session', viewer, credentialId: session.signInId, until: session.until };
  }

  async function byAccessToken(ctx: Context): Promise<Auth> {
    const { sub, sid, exp } = await claimsOf(ctx);
    const viewer = await viewers.find(Number(sub));
    if (!viewer?.isActive || !(await signIns.isValid({ userId: viewer.id, signInId: sid }))) throw new InvalidToken();
    return { kind: 'access-token', viewer, credentialId: sid, until: exp * 1_000 };
  }

  async function byPersonalToken(ctx: Context, token: string): Promise<Auth> {
    const { id, userId, scopes, expiresAt } = await personalTokens.find(token);
    const viewer = await viewers.find(userId);
    if (!viewer?.isActive) throw new InvalidToken();
    if (!scopes.includes(scopeOf(ctx))) throw new Forbidden('the token lacks the scope');
    return { kind: 'personal-token', viewer, credentialId: id, until: expiresAt };
  }
}

/** The scope that a personal access token needs. A WebSocket begins with a GET, and what it sends is not checked later. */
function scopeOf(ctx: Context): Scope {
  if (upgradeOf(ctx)?.protocol === 'websocket') return 'write';
  return isSafe(ctx.method) ? 'read' : 'write';
}

/** Failures to identify the caller, which do not concern public routes. */
function isProblem(error: unknown): error is InvalidToken | TokenExpired | Forbidden | Unavailable {
  return [InvalidToken, TokenExpired, Forbidden, Unavailable].some((problem) => error instanceof problem);
}
