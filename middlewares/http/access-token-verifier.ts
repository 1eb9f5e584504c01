import jwt from 'koa-jwt';
import jsonwebtoken from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { TOKEN_AUDIENCE, type AccessTokenClaims } from '../../services/accounts/access-tokens.js';
import { SIGNING_ALGORITHM, type SigningKeys } from '../../services/accounts/signing-keys.js';
import { InvalidToken, TokenExpired, type DomainError } from '../../services/errors.js';
import type { Context, Middleware } from '../state.js';

/** Ours have 500 characters; a much longer one is refused unread. */
const MAX_LENGTH = 2_000;
const MAX_CACHED = 5_000;
/** How far the clocks of processes that share keys may be apart. */
const LEEWAY_S = 5;

export type VerifiedClaims = AccessTokenClaims & { kid: string };

/**
 * Verifies the access token of a request by koa-jwt, and caches its claims while it and its key are valid: a signature
 * costs a hundred microseconds. Whether its sign-in is still valid is checked each time by `authenticate`.
 *
 * @returns its claims. The promise is rejected with InvalidToken or TokenExpired.
 */
export function accessTokenVerifier({ signingKeys, issuer }: { signingKeys: SigningKeys; issuer: string }) {
  const cache = new LRUCache<string, VerifiedClaims>({ max: MAX_CACHED });
  const verifyToken = jwt({
    // The key by its name alone: never one that the token brings along.
    secret: ((header: { kid?: unknown }) => Promise.resolve(signingKeys.find(header.kid)?.publicKey)) as never,
    algorithms: [SIGNING_ALGORITHM],
    issuer,
    audience: TOKEN_AUDIENCE,
    key: 'claims',
  }) as unknown as Middleware;

  return async function claimsOf(ctx: Context): Promise<VerifiedClaims> {
    const authorization = ctx.get('Authorization');
    const known = cache.get(authorization);
    if (known) {
      if (known.exp <= Date.now() / 1000) throw new TokenExpired();
      if (signingKeys.find(known.kid)) return known;
    }
    if (authorization.length > MAX_LENGTH) throw new InvalidToken();
    const claims = await verified(ctx, authorization);
    cache.set(authorization, claims);
    return claims;
  };

  async function verified(ctx: Context, authorization: string): Promise<VerifiedClaims> {
    try {
      await verifyToken(ctx, () => Promise.resolve());
    } catch (error) {
      throw translated(error);
    }
    const { claims } = ctx.state;
    if (!claims || !isOurs(claims)) throw new InvalidToken();
    return { ...claims, kid: kidOf(authorization) };
  }
}

/** A token that we signed may still be one of another kind, or of an earlier build. */
function isOurs({ sub, sid, exp, iat }: AccessTokenClaims): boolean {
  return (
    typeof sub === 'string' &&
    /^[1-9]\d{0,15}$/.test(sub) &&
    Number.isSafeInteger(sid) &&
    Number.isFinite(exp) &&
    Number.isFinite(iat) &&
    iat <= Date.now() / 1000 + LEEWAY_S
  );
}

/** Of a token that has been verified. */
function kidOf(authorization: string): string {
  const [, header = ''] = /^\S+ +([\w-]+)\./.exec(authorization) ?? [];
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid;
}

function translated(error: unknown): DomainError {
  const { originalError } = error as { originalError?: unknown };
  return originalError instanceof jsonwebtoken.TokenExpiredError
    ? new TokenExpired(undefined, { cause: originalError })
    : new InvalidToken(undefined, { cause: originalError });
}
