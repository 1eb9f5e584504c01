import { readdirSync } from 'node:fs';
import { extname } from 'node:path';
import { send } from '@koa/send';
import type { Middleware } from './state.js';

const YEAR_MS = 365 * 86_400_000;
/** Built files carry a hash of their content in their name. */
const BUILT = '/assets/';

/**
 * Serves the files that lay in `root` at start, and no others, so that a request for anything else costs one look-up.
 * Files beside which a `.br` or `.gz` lies are sent compressed.
 */
export function assets({ root }: { root: string }): Middleware {
  const files = new Set(publicFiles(root));

  return async function assetsMiddleware(ctx, next) {
    if (!files.has(ctx.path) || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    const built = ctx.path.startsWith(BUILT);
    ctx.remove('Cache-Control'); // send sets its own only where there is none
    await send(ctx, ctx.path, {
      root,
      brotli: true,
      gzip: true,
      ...(built ? { maxage: YEAR_MS, immutable: true } : { maxage: 3_600_000 }),
    });
    ctx.vary('Accept-Encoding');
    if (ctx.fresh) ctx.status = 304;
  };
}

function publicFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.slice(root.length)}/${entry.name}`.replaceAll('\\', '/'))
    .filter((path) => !path.includes('/.') && !['.br', '.gz'].includes(extname(path)));
}
