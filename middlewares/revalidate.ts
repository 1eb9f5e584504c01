import type { EndpointContext } from './endpoint.js';

/**
 * Lets whoever asked keep this answer, and ask again whether it is still good: 304 then (RFC 9111 section 4.3). Kept by
 * the asker alone, since answers differ from person to person.
 *
 * The ETag is a hash of the answer, behind the resource's version where the route has set one.
 */
export function revalidate(ctx: EndpointContext, hash: string): void {
  const version = String(ctx.res.getHeader('ETag') ?? '').replaceAll('"', '');
  ctx.set('ETag', `"${version ? `${version}-` : ''}${hash}"`);
  ctx.set('Cache-Control', 'private, no-cache');
  if (ctx.fresh) ctx.status = 304;
}
