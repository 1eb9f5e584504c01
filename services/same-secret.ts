import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two secrets are equal, in a time that tells nothing about where they differ, nor how long the right one is. */
export function sameSecret(offered: string, expected: string): boolean {
  return timingSafeEqual(digestOf(offered), digestOf(expected));
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
