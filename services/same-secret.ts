import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two secrets are equal, in a time that does not depend on where they differ, nor on the length of the right one. */
export function sameSecret(offered: string, expected: string): boolean {
  return timingSafeEqual(digestOf(offered), digestOf(expected));
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
