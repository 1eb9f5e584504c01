import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { SIGNING_ALGORITHM, type SigningKeys } from './signing-keys.js';

/** Seconds. Short, since a program renews its token by itself. */
export const ACCESS_TOKEN_LIFETIME_S = 15 * 60;

export const TOKEN_AUDIENCE = 'allium-api';
/** The issuer while PUBLIC_URL is not set. */
const DEFAULT_ISSUER = 'allium';

/** What a token says (RFC 7519 section 4.1), and under which sign-in it was issued. */
export interface AccessTokenClaims {
  sub: string;
  exp: number;
  iat: number;
  sid: number;
}

/** Whom a token of the gateway speaks for, and to whom. */
export interface TokenFor {
  audience: string;
  subject: string;
  /** Other claims, such as `scope`. */
  claims?: Readonly<Record<string, unknown>>;
  /** Seconds; at most as long as keys overlap. */
  lifetimeS?: number;
}

export type AccessTokens = ReturnType<typeof createAccessTokens>;

/**
 * Issues access tokens: to programs for ourselves, and for upstreams.
 *
 * @param parts.publicUrl the origin that upstreams know us by; it is the issuer (RFC 8414 section 2).
 */
export function createAccessTokens({ keys, publicUrl }: { keys: SigningKeys; publicUrl: string | undefined }) {
  const issuer = publicUrl ?? DEFAULT_ISSUER;

  function issueFor({ audience, subject, claims = {}, lifetimeS = ACCESS_TOKEN_LIFETIME_S }: TokenFor): string {
    const { kid, privateKey } = keys.current();
    return jwt.sign({ ...claims }, privateKey, {
      algorithm: SIGNING_ALGORITHM,
      subject,
      issuer,
      audience,
      expiresIn: lifetimeS,
      jwtid: randomUUID(),
      keyid: kid,
    });
  }

  return {
    issuer,
    /** A token that an upstream verifies by our published keys. It is invalid here: its audience is another. */
    issueFor,

    /** A token for programs to come back with. @returns it and its lifetime in seconds. */
    issue({ userId, signInId }: { userId: number; signInId: number }): { token: string; expiresIn: number } {
      const claims = { sid: signInId };
      const token = issueFor({ audience: TOKEN_AUDIENCE, subject: String(userId), claims });
      return { token, expiresIn: ACCESS_TOKEN_LIFETIME_S };
    },
  };
}
