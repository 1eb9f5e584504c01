import { createPublicKey, createHash, randomUUID, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';

/** Seconds. Short, since a program renews its token without anybody noticing. */
const LIFETIME_S = 15 * 60;

export const TOKEN_ISSUER = 'allium';
export const TOKEN_AUDIENCE = 'allium-api';
export const TOKEN_ALGORITHM = 'ES256';

/** What a token says (RFC 7519 section 4.1), and under which session epoch it was issued. */
export interface AccessTokenClaims {
  sub: string;
  exp: number;
  epoch: number;
}

/** Whom a token of the gateway speaks for, and to whom. */
export interface TokenFor {
  audience: string;
  subject: string;
  claims?: Readonly<Record<string, unknown>>;
  /** Seconds */
  lifetimeS?: number;
}

export type AccessTokens = ReturnType<typeof createAccessTokens>;

/** Issues access tokens to programs. @param privateKey on the P-256 curve. */
export function createAccessTokens({ privateKey }: { privateKey: KeyObject }) {
  const publicKey = createPublicKey(privateKey);
  const keyid = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');

  /** A token that an upstream verifies by our published keys. It is worth nothing here: its audience is another. */
  function issueFor({ audience, subject, claims = {}, lifetimeS = LIFETIME_S }: TokenFor): string {
    return jwt.sign({ ...claims }, privateKey, {
      algorithm: TOKEN_ALGORITHM,
      subject,
      issuer: TOKEN_ISSUER,
      audience,
      expiresIn: lifetimeS,
      jwtid: randomUUID(),
      keyid,
    });
  }

  return {
    publicKey,
    issueFor,
    /** @returns the token and its lifetime in seconds. */
    issue({ id, sessionEpoch }: { id: number; sessionEpoch: number }): { token: string; expiresIn: number } {
      const token = issueFor({ audience: TOKEN_AUDIENCE, subject: String(id), claims: { epoch: sessionEpoch } });
      return { token, expiresIn: LIFETIME_S };
    },
  };
}
