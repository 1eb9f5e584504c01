import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { CsrfFailed } from '../http/request-errors.js';

export type FormTokens = ReturnType<typeof createFormTokens>;

/** Tokens that bind a form to the session that its page was made for. @param secret any string of enough entropy. */
export function createFormTokens(secret: string) {
  const expected = (sessionId: string) => createHmac('sha256', secret).update(`form ${sessionId}`).digest();

  return {
    /** Another one each time, so that compression cannot be made to reveal it (BREACH): a mask, and the masked MAC. */
    issue(sessionId: string): string {
      const mac = expected(sessionId);
      const mask = randomBytes(mac.length);
      return Buffer.concat([mask, xor(mac, mask)]).toString('base64url');
    },

    /** @throws CsrfFailed when the token was not issued for this session. */
    check(sessionId: string | undefined, token: unknown): void {
      const bytes = Buffer.from(typeof token === 'string' ? token : '', 'base64url');
      const half = bytes.length / 2;
      const mac = expected(sessionId ?? '');
      const offered = xor(bytes.subarray(0, half), bytes.subarray(half));
      if (!sessionId || offered.length !== mac.length || !timingSafeEqual(offered, mac)) throw new CsrfFailed();
    },
  };
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)));
}
