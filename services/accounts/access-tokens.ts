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

export type AccessTokens = ReturnType<typeof createAccessTokens>;

/** Issues access tokens to programs. @param privateKey on the P-256 curve. */
export function createAccessTokens({ privateKey }: { privateKey: KeyObject }) {
  const publicKey = createPublicKey(privateKey);
  const keyid = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');

  return {
    publicKey,
    /** @returns the token and its lifetime in seconds. */
    issue({ id, sessionEpoch }: { id: number; sessionEpoch: number }): { token: string; expiresIn: number } {
      const token = jwt.sign({ epoch: sessionEpoch }, privateKey, {
        algorithm: TOKEN_ALGORITHM,
        subject: String(id),
        issuer: TOKEN_ISSUER,
        audience: TOKEN_AUDIENCE,
        expiresIn: LIFETIME_S,
        jwtid: randomUUID(),
        keyid,
      });
      return { token, expiresIn: LIFETIME_S };
    },
  };
}
