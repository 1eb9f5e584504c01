import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { sameSecret } from '../../services/same-secret.js';

/** What the cookies library needs of a keyring: Keygrip's interface. */
export interface CookieKeys {
  sign(data: string): string;
  verify(data: string, digest: string): boolean;
  /** Which key signed the data: 0 is the newest, -1 is none. */
  index(data: string, digest: string): number;
}

/**
 * Signs cookies with the newest key and accepts any. Caches what it has verified, because a browser sends the same
 * cookie with every request; forged ones are not cached.
 *
 * @param secrets newest first.
 */
export function createCookieKeys(secrets: readonly string[]): CookieKeys {
  const verified = new LRUCache<string, number>({ max: 20_000 });
  const [newest] = secrets;
  if (newest === undefined) throw new TypeError('at least one key is needed');

  return {
    sign: (data) => hmac(data, newest),
    verify: (data, digest) => indexOf(data, digest) >= 0,
    index: indexOf,
  };

  function indexOf(data: string, digest: string): number {
    const pair = `${data}\n${digest}`;
    const known = verified.get(pair);
    if (known !== undefined) return known;
    const index = secrets.findIndex((secret) => sameSecret(digest, hmac(data, secret)));
    if (index >= 0) verified.set(pair, index);
    return index;
  }
}

function hmac(data: string, secret: string): string {
  return createHmac('sha256', secret).update(data).digest('base64url');
}
