import type { Context, Middleware } from './state.js';

/** Of bytes; servers should take 8,000 (RFC 9110 section 4.1). Node itself ends the headers at 16 KB, the URL included. */
const MAX_URL = 8_192;
/** Browsers send about twenty. */
const MAX_HEADERS = 100;
/** Node would read a thousand, and drop the rest without a word. */
const MAX_PARAMETERS = 100;

/** Refuses requests that Node accepts but no well-meant client sends: malformed ones, and ones beyond these limits. */
export function requestLimits(): Middleware {
  return async function requestLimitsMiddleware(ctx, next) {
    const { req } = ctx;
    if ((req.url?.length ?? 0) > MAX_URL) ctx.throw(414);
    if (req.rawHeaders.length > 2 * MAX_HEADERS) ctx.throw(431);
    if (!namesOneHost(req)) ctx.throw(400);
    const { expect } = req.headers;
    if (expect !== undefined && expect.toLowerCase() !== '100-continue') ctx.throw(417); // RFC 9110 section 10.1.1
    if (hasTooMany(ctx.querystring)) ctx.throw(400);
    await next();
  };
}

/** Exactly one, but for HTTP/1.0 (RFC 9112 section 3.2): of two, a proxy may have believed the other. */
function namesOneHost({ rawHeaders, httpVersion }: Context['req']): boolean {
  let hosts = 0;
  for (let name = 0; name < rawHeaders.length; name += 2) {
    if (rawHeaders[name]?.length === 4 && rawHeaders[name]?.toLowerCase() === 'host') hosts += 1;
  }
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0');
}

function hasTooMany(query: string): boolean {
  let parameters = 1;
  for (let at = query.indexOf('&'); at >= 0; at = query.indexOf('&', at + 1)) parameters += 1;
  return parameters > MAX_PARAMETERS;
}
