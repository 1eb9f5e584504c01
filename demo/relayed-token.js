import { createPublicKey } from 'node:crypto';
import koaJwt from 'koa-jwt';

/** How long the published keys are taken for the current ones. */
const CACHED_MS = 60_000;

/**
 * Lets pass who brings a token that Allium has relayed: signed by one of its published keys, for this service, and not
 * expired. All a service has to know of Allium is where its keys are (RFC 7517).
 *
 * @param {{ jwksUrl: string, audience: string, issuer: string }} options
 */
export function relayedToken({ jwksUrl, audience, issuer }) {
  const keyFor = publishedKeys(jwksUrl);
  return koaJwt({ secret: ({ kid }) => keyFor(kid), audience, issuer, algorithms: ['ES256'] });
}

/** Looks a key up by its id, and asks for the keys again when it is not among them: they are rotated. */
function publishedKeys(url) {
  let keys = new Map();
  let askedAt = -Infinity;

  return async (kid) => {
    const isOld = performance.now() - askedAt > CACHED_MS;
    // A token with an id that was made up must not make us ask for each request.
    if (isOld || (!keys.has(kid) && performance.now() - askedAt > 1_000)) {
      askedAt = performance.now();
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      const { keys: published } = await answer.json();
      keys = new Map(published.map((jwk) => [jwk.kid, pemOf(jwk)]));
    }
    const key = keys.get(kid);
    if (!key) throw new Error('the token was signed by a key that is not published');
    return key;
  };
}

const pemOf = (jwk) => createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
