import type { Middleware } from '../../middlewares/state.js';
import type { SigningKeys } from '../../services/accounts/signing-keys.js';

const PATH = '/.well-known/jwks.json';
/** How long a verifier may keep the set. It asks again anyway when it meets a key that it does not know. */
const MAX_AGE_S = 300;

/** Publishes the keys by which anybody verifies our tokens (RFC 7517 section 5); answered without a session. */
export function publicKeys({ signingKeys }: { signingKeys: Pick<SigningKeys, 'published'> }): Middleware {
  return async function publicKeysMiddleware(ctx, next) {
    if (ctx.path !== PATH) return next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.set('Allow', 'GET, HEAD');
      ctx.status = 405;
      return;
    }
    ctx.set('Cache-Control', `public, max-age=${MAX_AGE_S}`);
    ctx.body = signingKeys.published();
  };
}
