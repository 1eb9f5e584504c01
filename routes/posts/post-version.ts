import type { EndpointContext } from '../../middlewares/endpoint.js';
import { versionInIfMatch } from '../../middlewares/http/if-match.js';

/** The version an editor has seen is also what `If-Match` names (RFC 9110 section 13.1.1). */
export function showPost<P extends { version: number }>(ctx: EndpointContext, post: P): { post: P } {
  ctx.set('ETag', `"${post.version}"`);
  return { post };
}

/** The versions that the request says have been seen: each has to be the current one. */
export function seenVersions(ctx: EndpointContext, inBody: number | undefined): number[] {
  return [versionInIfMatch(ctx), inBody].filter((version) => version !== undefined);
}
