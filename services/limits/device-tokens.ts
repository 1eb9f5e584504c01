import { createHmac, randomBytes } from 'node:crypto';
import { sameSecret } from '../same-secret.js';

export type DeviceTokens = ReturnType<typeof createDeviceTokens>;

/** People who share a browser; of more, the one who signed in longest ago is no longer known there. */
const MAX_ACCOUNTS = 5;
const WELL_FORMED = /^[\w-]{22}(?:\.[\w-]{22}){1,5}$/;

/**
 * What a browser stores to be recognized at the next sign-in: an id of its own and, for each account that signed in
 * there, proof of it. It opens nothing: the password is asked for all the same (OWASP, "Slow Down Online
 * Guessing Attacks with Device Cookies").
 *
 * @param secrets newest first.
 */
export function createDeviceTokens(secrets: readonly [string, ...string[]]) {
  return {
    /** The id of the device, if this account has signed in on it. Takes as long for an account that does not exist. */
    deviceOf(token: string | undefined, userId: number | undefined): string | undefined {
      if (token === undefined || !WELL_FORMED.test(token)) return undefined;
      const [device = '', ...proofs] = token.split('.');
      const valid = secrets.map((secret) => proofOf(secret, device, userId ?? 0));
      const known = proofs.map((proof) => valid.some((expected) => sameSecret(proof, expected))).includes(true);
      return known && userId !== undefined ? device : undefined;
    },

    /** @param token what the browser has so far. */
    issue(userId: number, token?: string): string {
      const [device = randomBytes(16).toString('base64url'), ...proofs] =
        token !== undefined && WELL_FORMED.test(token) ? token.split('.') : [];
      const own = proofOf(secrets[0], device, userId);
      return [device, own, ...proofs.filter((proof) => proof !== own)].slice(0, 1 + MAX_ACCOUNTS).join('.');
    },
  };
}

function proofOf(secret: string, device: string, userId: number): string {
  const proof = createHmac('sha256', secret).update(`allium: device ${device} of account ${userId}`).digest();
  return proof.subarray(0, 16).toString('base64url');
}
