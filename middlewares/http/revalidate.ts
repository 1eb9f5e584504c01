import type { EndpointContext } from '../endpoint.js';

/**
 * Lets the client cache this response and revalidate it: 304 while it is unchanged (RFC 9111 section 4.3). Private, since
 * responses differ from person to person.
 *
 * The ETag is a hash of the response, behind the resource's version where the route has set one.
 */
export function revalidate(ctx: EndpointContext, hash: string): void {
  const version = String(ctx.res.getHeader('ETag') ?? '').replaceAll('"', '');
  ctx.set('ETag', `"${version ? `${version}-` : ''}${hash}"`);
  ctx.set('Cache-Control', 'private, no-cache');
  if (ctx.fresh) ctx.status = 304;
}
