import type { Context } from '../state.js';

/** The token of `Authorization: Bearer` (RFC 6750 section 2.1); the empty text if nothing follows the scheme. */
export function bearerToken(ctx: Context): string | undefined {
  return /^Bearer\b *(.*)$/i.exec(ctx.get('Authorization'))?.[1];
}
